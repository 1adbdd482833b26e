"""The orders as the restored database has them, and the few things that are put right by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from activities.messages import Actor
from db.tables import Email, Order, OrderCommand, OrderEvent, Placement, Vendor


@dataclass(frozen=True)
class StoredOrder:
    """How far an order's rows are: its last event, and the e-mails that are noted as sent."""

    id: int
    vendor_id: int
    order_number: str
    last_event: int
    sent: frozenset[str]


@dataclass(frozen=True)
class StoredPlacement:
    """A claim whose order is not there."""

    id: int
    vendor_id: int
    state: str


async def find_orders(session: AsyncSession, order_numbers: Sequence[str]) -> dict[str, StoredOrder]:
    """Those of these orders that are stored."""
    last = select(func.max(OrderEvent.sequence)).where(OrderEvent.order_id == Order.id).scalar_subquery()
    keys = (
        select(func.array_agg(Email.email_key))
        .where(Email.order_id == Order.id, Email.sent_at.is_not(None) | Email.failure.is_not(None))
        .scalar_subquery()
    )
    statement = select(Order.id, Order.vendor_id, Order.order_number, func.coalesce(last, 0), keys).where(
        Order.order_number.in_(order_numbers)
    )
    return {
        number: StoredOrder(order_id, vendor_id, number, last_event, frozenset(sent or ()))
        for order_id, vendor_id, number, last_event, sent in await session.execute(statement)
    }


async def find_placements(session: AsyncSession, order_numbers: Sequence[str]) -> dict[str, StoredPlacement]:
    """Those of these order numbers that were claimed."""
    statement = select(Placement.order_number, Placement.id, Placement.vendor_id, Placement.state).where(
        Placement.order_number.in_(order_numbers)
    )
    return {
        number: StoredPlacement(placement_id, vendor_id, state)
        for number, placement_id, vendor_id, state in await session.execute(statement)
    }


async def prefixes(session: AsyncSession) -> set[str]:
    """What the order numbers of this database's vendors begin with."""
    return set(await session.scalars(select(Vendor.order_number_prefix)))


_ADVANCE = text("""
    INSERT INTO order_number_counters AS c (vendor_id, day, last_number)
    SELECT id, :day, :number FROM vendors WHERE order_number_prefix = :prefix
    ON CONFLICT (vendor_id, day) DO UPDATE SET last_number = excluded.last_number
    WHERE c.last_number < excluded.last_number
    RETURNING vendor_id
""").bindparams(bindparam("number", type_=Integer), bindparam("prefix", type_=Text))


async def advance_counter(session: AsyncSession, prefix: str, day: date, number: int) -> bool:
    """Have the next order number of that day lie beyond `number`; False when it does already."""
    given = {"prefix": prefix, "day": day, "number": number}
    return (await session.execute(_ADVANCE, given)).first() is not None


async def keep_lost_command(
    session: AsyncSession,
    order: StoredOrder,
    command_id: int,
    *,
    kind: str,
    actor: Actor,
    body: dict[str, Any],
) -> bool:
    """Put a bare row where a lost command was, so that its number is taken; False when it is not lost."""
    statement = (
        insert(OrderCommand)
        .values(
            id=command_id,
            vendor_id=order.vendor_id,
            order_id=order.id,
            kind=kind,
            actor_type=actor.type,
            actor_id=actor.id or 0,
            idempotency_key=f"lost:{command_id}",
            request_hash="",
            body=body,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(OrderCommand.id)
    )
    return await session.scalar(statement) is not None


_WHEN = (bindparam("order_id", type_=BigInteger), bindparam("at", type_=DateTime(timezone=True)))
_DATE_EVENTS = text("""
    UPDATE order_events SET created_at = :at WHERE order_id = :order_id AND sequence > :after
""").bindparams(*_WHEN, bindparam("after", type_=Integer))
_DATE_ORDER = text("""
    UPDATE orders SET paid_at = CASE WHEN paid_at >= :begun THEN :at ELSE paid_at END,
        shipped_at = CASE WHEN shipped_at >= :begun THEN :at ELSE shipped_at END,
        delivered_at = CASE WHEN delivered_at >= :begun THEN :at ELSE delivered_at END,
        completed_at = CASE WHEN completed_at >= :begun THEN :at ELSE completed_at END
    WHERE id = :order_id
""").bindparams(*_WHEN, bindparam("begun", type_=DateTime(timezone=True)))
_DATE_REFUNDS = text("""
    UPDATE refunds SET created_at = :at WHERE order_id = :order_id AND created_at >= :begun
""").bindparams(*_WHEN, bindparam("begun", type_=DateTime(timezone=True)))
_DATE_DISPUTES = text("""
    UPDATE disputes SET created_at = CASE WHEN created_at >= :begun THEN :at ELSE created_at END,
        closed_at = CASE WHEN closed_at >= :begun THEN :at ELSE closed_at END
    WHERE order_id = :order_id
""").bindparams(*_WHEN, bindparam("begun", type_=DateTime(timezone=True)))
_DATE_EMAIL = text("""
    UPDATE emails SET created_at = :at, sent_at = :at WHERE order_id = :order_id AND email_key = :key
    AND sent_at >= :begun RETURNING id
""").bindparams(*_WHEN, bindparam("key", type_=Text), bindparam("begun", type_=DateTime(timezone=True)))


async def date_step(
    session: AsyncSession, order: StoredOrder, *, after: int, at: datetime, begun: datetime
) -> None:
    """Give what a step has just written the time at which it happened; `begun` is since when we write."""
    await session.execute(_DATE_EVENTS, {"order_id": order.id, "at": at, "after": after})
    for statement in (_DATE_ORDER, _DATE_REFUNDS, _DATE_DISPUTES):
        await session.execute(statement, {"order_id": order.id, "at": at, "begun": begun})


async def date_email(
    session: AsyncSession, order: StoredOrder, key: str, *, at: datetime, begun: datetime
) -> bool:
    """The same for an e-mail; False when there is none, as nobody could act on it any more."""
    given = {"order_id": order.id, "key": key, "at": at, "begun": begun}
    return (await session.execute(_DATE_EMAIL, given)).first() is not None


async def last_event(session: AsyncSession, order: StoredOrder) -> int:
    """The number of the order's last event."""
    statement = select(func.coalesce(func.max(OrderEvent.sequence), 0)).where(OrderEvent.order_id == order.id)
    return int((await session.scalars(statement)).one())
