"""Orders as people read them: with their items, payment, history and refunds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    bindparam,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.direct import Direct, Entity, rows
from db.tables import Customer, Order, OrderEvent, OrderItem, Payment, Refund
from domain.errors import OrderNotFound
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus


@dataclass(frozen=True)
class StoredOrder:
    """An order with its items in order, and its payment once there is one."""

    order: Order
    items: Sequence[OrderItem]
    payment: Payment | None


@dataclass(frozen=True)
class OrderHistory:
    """How an order came to stand as it does: changes of its status, and its refunds; oldest first."""

    status_events: Sequence[OrderEvent]
    refunds: Sequence[Refund]


ORDER, ITEM = Entity(Order), Entity(OrderItem, label="of_item_")
_PAYMENT = Entity(Payment, label="of_payment_")
_EVENT, _REFUND = Entity(OrderEvent), Entity(Refund)
_CUSTOMER_ID = bindparam("customer_id", type_=BigInteger)
_ORDER_ID = bindparam("order_id", type_=BigInteger)


def _one(*which: ColumnElement[bool]) -> Select[Any]:
    """A row for each line, because what is sent twice costs less than a second statement."""
    return (
        select(*ORDER.columns, *_PAYMENT.columns, *ITEM.columns)
        .outerjoin(OrderItem, OrderItem.order_id == Order.id)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .where(*which)
        .order_by(OrderItem.position)
    )


# Built once: they are read after each change that somebody waits for.
_AS_GUEST = select(Customer.id).where(Customer.account_id == _CUSTOMER_ID)
_BY_ID = _one(Order.id == _ORDER_ID)
_THEIRS = _one(
    Order.id == _ORDER_ID, or_(Order.customer_id == _CUSTOMER_ID, Order.customer_id.in_(_AS_GUEST))
)
_PLACED = _one(Order.order_number == bindparam("order_number"), Order.customer_id == _CUSTOMER_ID)
_STATUS_EVENTS = (
    select(*_EVENT.columns)
    .where(OrderEvent.order_id == _ORDER_ID, OrderEvent.to_status.is_not(None))
    .order_by(OrderEvent.sequence)
)
_REFUNDS = select(*_REFUND.columns).where(Refund.order_id == _ORDER_ID).order_by(Refund.id)
_PAYMENT_OF = select(*_PAYMENT.columns).where(Payment.order_id == _ORDER_ID)


async def get_order(
    via: Direct | AsyncSession, *, order_id: int, customer_id: int | None = None
) -> StoredOrder:
    """The vendor's order, of this customer if one is given, or of a guest whose account they are.

    Raises OrderNotFound, also for another's.
    """
    if customer_id is None:
        return _stored(await rows(via, _BY_ID, {"order_id": order_id}))
    return _stored(await rows(via, _THEIRS, {"order_id": order_id, "customer_id": customer_id}))


async def read_placed(direct: Direct, *, order_number: str, customer_id: int) -> StoredOrder:
    """The customer's order that has just been placed. Raises OrderNotFound."""
    return _stored(await rows(direct, _PLACED, {"order_number": order_number, "customer_id": customer_id}))


def _stored(lines: Sequence[Any]) -> StoredOrder:
    """The order in its lines. Raises OrderNotFound where there are none."""
    if not lines:
        raise OrderNotFound("There is no such order.")
    first = lines[0]
    payment = None if first["of_payment_id"] is None else _PAYMENT.read(first)
    return StoredOrder(ORDER.read(first), items_of(lines), payment)


def items_of(lines: Sequence[Any]) -> list[OrderItem]:
    """The items in an order's lines, which have `ITEM`'s columns."""
    return [ITEM.read(line) for line in lines if line["of_item_id"] is not None]


async def list_customer_orders(
    session: AsyncSession,
    *,
    customer_id: int,
    skip: int = 0,
    limit: int = 20,
    before: tuple[datetime, int] | None = None,
) -> list[StoredOrder]:
    """A customer's orders and those of their account's guests, newest first, in two statements.

    With `before` those placed before the order with this time and id.
    """
    statement = _NEWEST_ORDERS if before is None else _ORDERS_BEFORE
    orders = (await session.scalars(statement, which_orders(customer_id, skip, limit, before))).all()
    items = await items_by_order(session, [order.id for order in orders])
    return [StoredOrder(order, items[order.id], None) for order in orders]


async def newest_unpaid(session: AsyncSession, *, customer_id: int) -> Order | None:
    """The customer's newest order, if it waits for them to pay it online."""
    order = await session.scalar(_NEWEST_ORDERS, which_orders(customer_id, 0, 1, None))
    if order is None or order.status != OrderStatus.PENDING or order.payment_method != PaymentMethod.STRIPE:
        return None
    return order if order.payment_status in {PaymentStatus.PENDING, PaymentStatus.FAILED} else None


def customer_orders(*, before: bool) -> Select[Order]:
    """The statement of `list_customer_orders`: of each of their customers the newest, from the index.

    Its parameters are those of `which_orders`; built once, as that takes longer than to run it.
    """
    account = bindparam("account_id", type_=BigInteger)
    theirs = union_all(
        select(account.label("id")),
        select(Customer.id).where(Customer.account_id == account),
    ).subquery("theirs")
    newest = select(Order).where(Order.customer_id == theirs.c.id)
    if before:
        newest = newest.where(
            tuple_(Order.created_at, Order.id)
            < tuple_(bindparam("placed_at", type_=DateTime(timezone=True)), bindparam("id", type_=BigInteger))
        )
    newest = newest.order_by(Order.created_at.desc(), Order.id.desc())
    found = aliased(Order, newest.limit(bindparam("most", type_=BigInteger)).lateral("found"))
    return (
        select(found)
        .select_from(theirs)
        .join(found, true())
        .order_by(found.created_at.desc(), found.id.desc())
        .offset(bindparam("skip", type_=BigInteger))
        .limit(bindparam("limit", type_=BigInteger))
    )


_NEWEST_ORDERS = customer_orders(before=False)
_ORDERS_BEFORE = customer_orders(before=True)


def which_orders(
    customer_id: int, skip: int, limit: int, before: tuple[datetime, int] | None
) -> dict[str, object]:
    """The parameters of `customer_orders`."""
    placed = {} if before is None else {"placed_at": before[0], "id": before[1]}
    return {"account_id": customer_id, "skip": skip, "limit": limit, "most": skip + limit, **placed}


async def items_by_order(session: AsyncSession, order_ids: Sequence[int]) -> dict[int, list[OrderItem]]:
    """The items of several orders in one statement."""
    items: dict[int, list[OrderItem]] = defaultdict(list)
    if order_ids:
        statement = (
            select(OrderItem)
            .where(OrderItem.order_id.in_(order_ids))
            .order_by(OrderItem.order_id, OrderItem.position)
        )
        for item in await session.scalars(statement):
            items[item.order_id].append(item)
    return items


async def get_payment(via: Direct | AsyncSession, *, order_id: int) -> Payment | None:
    """How an order is paid, once that has begun."""
    found = await rows(via, _PAYMENT_OF, {"order_id": order_id})
    return _PAYMENT.read(found[0]) if found else None


async def get_refund(session: AsyncSession, *, refund_key: str) -> Refund:
    """The refund that was noted under this key."""
    return (await session.scalars(select(Refund).where(Refund.refund_key == refund_key))).one()


async def get_history(via: Direct | AsyncSession, *, order_id: int) -> OrderHistory:
    """An order's changes of status and its refunds."""
    which = {"order_id": order_id}
    return OrderHistory(
        status_events=[_EVENT.read(row) for row in await rows(via, _STATUS_EVENTS, which)],
        refunds=[_REFUND.read(row) for row in await rows(via, _REFUNDS, which)],
    )
