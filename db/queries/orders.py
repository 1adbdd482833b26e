"""Orders as people read them: with their items, payment, history and refunds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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

from db.direct import Direct, Entity
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


def _one(which: ColumnElement[bool]) -> Select[Order, Payment]:
    whose = bindparam("customer_id", type_=BigInteger)
    as_guest = select(Customer.id).where(Customer.account_id == whose)
    joined = select(Order, Payment).outerjoin(Payment, Payment.order_id == Order.id)
    return joined.where(
        which, or_(whose.is_(None), Order.customer_id == whose, Order.customer_id.in_(as_guest))
    )


# Built once: they are read after each change that somebody waits for.
_BY_ID = _one(Order.id == bindparam("which"))
_ORDER = Entity(Order)
_ITEM, _PAYMENT = Entity(OrderItem, label="of_item_"), Entity(Payment, label="of_payment_")
# A row for each line, because what is sent twice costs less than a second statement.
_PLACED = (
    select(*_ORDER.columns, *_PAYMENT.columns, *_ITEM.columns)
    .join(OrderItem, OrderItem.order_id == Order.id)
    .outerjoin(Payment, Payment.order_id == Order.id)
    .where(
        Order.order_number == bindparam("order_number"),
        Order.customer_id == bindparam("customer_id", type_=BigInteger),
    )
    .order_by(OrderItem.position)
)
_ITEMS = select(OrderItem).where(OrderItem.order_id == bindparam("order_id")).order_by(OrderItem.position)


async def get_order(session: AsyncSession, *, order_id: int, customer_id: int | None = None) -> StoredOrder:
    """The vendor's order, of this customer if one is given, or of a guest whose account they are.

    Raises OrderNotFound, also for another's.
    """
    return await _get(session, _BY_ID, order_id, customer_id)


async def read_placed(direct: Direct, *, order_number: str, customer_id: int) -> StoredOrder:
    """The customer's order that has just been placed, outside of any session. Raises OrderNotFound."""
    rows = await direct.all(_PLACED, {"order_number": order_number, "customer_id": customer_id})
    if not rows:
        raise OrderNotFound("There is no such order.")
    placed = rows[0]
    payment = None if placed.of_payment_id is None else _PAYMENT.read(placed)
    return StoredOrder(_ORDER.read(placed), [_ITEM.read(row) for row in rows], payment)


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


async def get_payment(session: AsyncSession, *, order_id: int) -> Payment | None:
    """How an order is paid, once that has begun."""
    return await session.scalar(select(Payment).where(Payment.order_id == order_id))


async def get_refund(session: AsyncSession, *, refund_key: str) -> Refund:
    """The refund that was noted under this key."""
    return (await session.scalars(select(Refund).where(Refund.refund_key == refund_key))).one()


async def get_history(session: AsyncSession, *, order_id: int) -> OrderHistory:
    """An order's changes of status and its refunds."""
    events = (
        select(OrderEvent)
        .where(OrderEvent.order_id == order_id, OrderEvent.to_status.is_not(None))
        .order_by(OrderEvent.sequence)
    )
    refunds = select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)
    return OrderHistory(
        status_events=(await session.scalars(events)).all(),
        refunds=(await session.scalars(refunds)).all(),
    )


async def _get(
    session: AsyncSession, statement: Select[Order, Payment], which: int | str, customer_id: int | None
) -> StoredOrder:
    given = {"which": which, "customer_id": customer_id}
    row = (await session.execute(statement, given)).one_or_none()
    if row is None:
        raise OrderNotFound("There is no such order.")
    order, payment = row
    items = await session.scalars(_ITEMS, {"order_id": order.id})
    return StoredOrder(order, items.all(), payment)
