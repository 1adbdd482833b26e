"""A vendor's orders as its people list them: filtered, searched, each with its customer and items."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, Select, cast, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from db.queries.orders import items_by_order
from db.tables import Customer, Order, OrderItem
from domain.errors import OrderNotFound


@dataclass(frozen=True)
class VendorOrder:
    """An order with its customer and its items in order."""

    order: Order
    customer: Customer
    items: Sequence[OrderItem]


@dataclass(frozen=True)
class OrderFilter:
    """Which orders; placed from `placed_from` on and before `placed_before`."""

    status: str | None = None
    payment_status: str | None = None
    customer_id: int | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    search: str = ""

    @property
    def only_searches(self) -> bool:
        """Whether nothing but the search decides."""
        return self == OrderFilter(search=self.search)


async def list_vendor_orders(
    session: AsyncSession,
    wanted: OrderFilter,
    *,
    skip: int = 0,
    limit: int = 50,
    before: tuple[datetime, int] | None = None,
) -> list[VendorOrder]:
    """The session's vendor's orders, newest first, in two statements however many there are.

    `before` is the time and id of the last order of the page before. The search takes words, or beginnings of
    words, from order number, customer name and e-mail address.
    """
    # Without other conditions the newest matches are enough, so a broad search stays quick.
    most = skip + limit if wanted.only_searches and before is None else None
    statement = _orders().where(*order_conditions(wanted, most=most))
    if before is not None:
        statement = statement.where(tuple_(Order.created_at, Order.id) < tuple_(*before))
    statement = statement.order_by(Order.created_at.desc(), Order.id.desc()).offset(skip).limit(limit)
    rows = (await session.execute(statement)).all()
    items = await items_by_order(session, [order.id for order, _ in rows])
    return [VendorOrder(order, customer, items[order.id]) for order, customer in rows]


async def get_vendor_order(session: AsyncSession, *, order_id: int) -> VendorOrder:
    """One order of the session's vendor. Raises OrderNotFound, also for another vendor's."""
    row = (await session.execute(_orders().where(Order.id == order_id))).one_or_none()
    if row is None:
        raise OrderNotFound("There is no such order.")
    order, customer = row
    items = await items_by_order(session, [order.id])
    return VendorOrder(order, customer, items[order.id])


def _orders() -> Select[Order, Customer]:
    joined = select(Order, Customer).join(Customer, Customer.id == Order.customer_id)
    return joined.options(defer(Order.search_document))


def order_conditions(wanted: OrderFilter, *, most: int | None = None) -> list[ColumnElement[bool]]:
    """What an order has to be like; of what is searched for the newest `most` matches, or all of them."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(Order.status == wanted.status)
    if wanted.payment_status is not None:
        conditions.append(Order.payment_status == wanted.payment_status)
    if wanted.customer_id is not None:
        conditions.append(Order.customer_id == wanted.customer_id)
    if wanted.placed_from is not None:
        conditions.append(Order.created_at >= wanted.placed_from)
    if wanted.placed_before is not None:
        conditions.append(Order.created_at < wanted.placed_before)
    if wanted.search:
        found = func.search_orders(wanted.search, cast(most, Integer)).column_valued("found")
        conditions.append(Order.id.in_(select(found)))
    return conditions
