"""A vendor's orders as its people list them: filtered, searched, sorted, each with its customer and items."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, Select, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from db.queries.order_filters import OrderFilter, order_conditions
from db.queries.order_search import search_ids
from db.queries.order_sorts import OrderSort, Place, beyond, sorting
from db.queries.orders import items_by_order
from db.tables import Customer, Order, OrderItem
from domain.errors import OrderNotFound


@dataclass(frozen=True)
class VendorOrder:
    """An order with its customer and its items in order."""

    order: Order
    customer: Customer
    items: Sequence[OrderItem]


async def list_vendor_orders(
    session: AsyncSession,
    wanted: OrderFilter,
    *,
    sort: OrderSort = OrderSort.NEWEST,
    skip: int = 0,
    limit: int = 50,
    place: Place | None = None,
) -> list[VendorOrder]:
    """The session's vendor's orders, in two statements however many there are, or up to four for a search.

    `place` is where the page before ended, in a list that is sorted as this one. The search takes words, or
    beginnings of words, from order number, customer name and e-mail address.
    """
    if wanted.search:
        ids = await search_ids(session, wanted, sort=sort, skip=skip, limit=limit, place=place)
        return await list_chosen_orders(session, order_ids=ids, sort=sort)
    # The page first: customers are joined to its orders, and not to all that match. Its size is written out,
    # so that every plan knows how small it is.
    conditions = order_conditions(wanted, by_time=sort.by_time)
    page = select(Order.id).where(*conditions).order_by(*sorting(sort))
    page = page.limit(literal_column(str(limit), Integer)).offset(skip or None)
    if place is not None:
        page = page.where(beyond(place))
    return await _with_items(session, _orders().where(Order.id.in_(page)).order_by(*sorting(sort)))


async def list_chosen_orders(
    session: AsyncSession, *, order_ids: Sequence[int], sort: OrderSort = OrderSort.NEWEST
) -> list[VendorOrder]:
    """The session's vendor's orders of these ids, in two statements."""
    statement = _orders().where(Order.id.in_(order_ids)).order_by(*sorting(sort))
    return await _with_items(session, statement)


async def get_vendor_order(session: AsyncSession, *, order_id: int) -> VendorOrder:
    """One order of the session's vendor. Raises OrderNotFound, also for another vendor's."""
    found = await _with_items(session, _orders().where(Order.id == order_id))
    if not found:
        raise OrderNotFound("There is no such order.")
    return found[0]


def _orders() -> Select[Order, Customer]:
    joined = select(Order, Customer).join(Customer, Customer.id == Order.customer_id)
    return joined.options(defer(Order.search_document))


async def _with_items(session: AsyncSession, statement: Select[Order, Customer]) -> list[VendorOrder]:
    rows = (await session.execute(statement)).all()
    items = await items_by_order(session, [order.id for order, _ in rows])
    return [VendorOrder(order, customer, items[order.id]) for order, customer in rows]
