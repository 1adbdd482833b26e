"""What reconciliation walks: pages by key, in platform sessions, of what has rested long enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import FromClause, Select, and_, func, select, text, union
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import (
    FindingRow,
    Order,
    OrderEvent,
    Payment,
    Placement,
    Refund,
    Vendor,
)
from db.tables.carts import UNFINISHED
from db.tables.orders import OPEN, OWING
from domain.orders import OrderEventType

_UNFINISHED = ("claimed", "created")


@dataclass(frozen=True)
class RestingPlacement:
    """A placement that has not moved for a while and is neither placed nor refused."""

    id: int
    vendor_id: int
    order_number: str
    state: str


async def resting_placements(
    session: AsyncSession, *, after_id: int, before: datetime, limit: int
) -> list[RestingPlacement]:
    """Placements under way that last changed before `before`, by id."""
    statement = (
        select(Placement.id, Placement.vendor_id, Placement.order_number, Placement.state)
        .where(Placement.id > after_id, text(UNFINISHED), Placement.updated_at <= before)
        .order_by(Placement.id)
        .limit(limit)
    )
    return [RestingPlacement(*row) for row in await session.execute(statement)]


@dataclass(frozen=True)
class OrderKey:
    """An order, and whose it is."""

    id: int
    vendor_id: int


async def orders_to_compare(
    session: AsyncSession, *, after_id: int, rested_since: datetime, changed_since: datetime, limit: int
) -> list[OrderKey]:
    """Orders that are not over, have changed since `changed_since`, owe money or have an open finding; by id.

    One that changed after `rested_since` is left for the next time, unless something was found before.
    """
    rested, further = Order.updated_at <= rested_since, Order.id > after_id
    facts = (Order.id, Order.vendor_id, Order.placement_id)
    found = select(FindingRow.order_id).where(FindingRow.resolved_at.is_(None))
    by_reason = [
        select(*facts).where(further, rested, text(f"({OPEN})")).order_by(Order.id).subquery(),
        select(*facts).where(further, rested, text(f"({OWING})")).order_by(Order.id).subquery(),
        # All of them by their index and then sorted: by id, all orders that are over would come before.
        select(*facts)
        .where(further, rested, Order.updated_at >= changed_since)
        .order_by(Order.id)
        .cte("changed")
        .prefix_with("MATERIALIZED"),
        select(*facts).where(further, Order.id.in_(found)).order_by(Order.id).subquery(),
    ]
    pages = [_page(orders, limit=limit) for orders in by_reason]
    some = union(*pages).subquery()
    statement = select(some.c.id, some.c.vendor_id).order_by(some.c.id).limit(limit)
    return [OrderKey(*row) for row in await session.execute(statement)]


def _page(orders: FromClause, *, limit: int) -> Select[int, int]:
    """The first of these orders whose placing is over, by id; each is looked up, as few are needed."""
    of = orders.c
    state = select(Placement.state).where(
        Placement.vendor_id == of.vendor_id, Placement.id == of.placement_id
    )
    placed = state.scalar_subquery().not_in(_UNFINISHED)
    page = select(of.id, of.vendor_id).where(placed).order_by(of.id).limit(limit).subquery()
    return select(page.c.id, page.c.vendor_id)


@dataclass(frozen=True)
class OrderRecords:
    """An order with what is stored around it."""

    order: Order
    vendor_code: str
    stored_reference: str | None
    refunds: Sequence[Refund]
    last_event: int
    number_of_events: int
    declined_charges: frozenset[str]


async def order_records(session: AsyncSession, *, order_id: int) -> OrderRecords:
    """Everything stored about one order, as of one moment for each table."""
    statement = (
        select(Order, Vendor.vendor_code, Payment.provider_reference)
        .join(Vendor, Vendor.id == Order.vendor_id)
        .outerjoin(Payment, and_(Payment.vendor_id == Order.vendor_id, Payment.order_id == Order.id))
        .where(Order.id == order_id)
    )
    order, vendor_code, reference = (await session.execute(statement)).one()
    refunds = (
        await session.scalars(select(Refund).where(Refund.order_id == order_id).order_by(Refund.id))
    ).all()
    numbering = select(func.coalesce(func.max(OrderEvent.sequence), 0), func.count()).where(
        OrderEvent.order_id == order_id
    )
    last, count = (await session.execute(numbering)).one()
    declines = select(OrderEvent.data["charge"].astext).where(
        OrderEvent.order_id == order_id, OrderEvent.type == OrderEventType.PAYMENT_FAILED
    )
    declined = frozenset(charge or "" for charge in await session.scalars(declines))
    return OrderRecords(order, vendor_code, reference, refunds, last, count, declined)


async def lock_refunds(session: AsyncSession, *, order_id: int) -> Sequence[Refund]:
    """An order's refunds, locked."""
    statement = select(Refund).where(Refund.order_id == order_id).order_by(Refund.id).with_for_update()
    return (await session.scalars(statement)).all()


async def owned_payments(session: AsyncSession, references: Sequence[str]) -> set[str]:
    """Which of these PaymentIntents are some order's."""
    by_payment = select(Payment.provider_reference).where(Payment.provider_reference.in_(references))
    by_order = select(Order.payment_reference).where(Order.payment_reference.in_(references))
    return set(await session.scalars(union(by_payment, by_order)))


@dataclass(frozen=True)
class NumberInUse:
    """An order number that was given out: its placement, and its order if there is one."""

    vendor_id: int
    vendor_code: str
    placement: str
    order_id: int | None
    order_status: str | None
    payment_status: str | None


async def number_in_use(session: AsyncSession, *, order_number: str) -> NumberInUse | None:
    """What became of an order number; None for one that was never given out."""
    statement = (
        select(
            Placement.vendor_id,
            Vendor.vendor_code,
            Placement.state,
            Order.id,
            Order.status,
            Order.payment_status,
        )
        .join(Vendor, Vendor.id == Placement.vendor_id)
        .outerjoin(Order, and_(Order.vendor_id == Placement.vendor_id, Order.placement_id == Placement.id))
        .where(Placement.order_number == order_number)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else NumberInUse(*row)


async def vendor_of_prefix(session: AsyncSession, *, vendor_id: int, prefix: str) -> bool:
    """Whether this vendor gives out order numbers with this prefix."""
    statement = select(Vendor.id).where(Vendor.id == vendor_id, Vendor.order_number_prefix == prefix)
    return await session.scalar(statement) is not None
