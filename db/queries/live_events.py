"""What happened to orders since somebody last heard of it, for streams that begin or were interrupted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import OrderNotFound


@dataclass(frozen=True)
class OrderChange:
    """One event of an order; `status` is the order's from then on."""

    id: int
    order_id: int
    sequence: int
    type: str
    status: str | None
    payment_status: str
    created_at: datetime
    transaction_id: int | None = None


@dataclass(frozen=True)
class MessageAdded:
    """One message of an order's thread; what it says is read from there."""

    id: int
    order_id: int
    transaction_id: int | None = None


@dataclass(frozen=True)
class NoteAdded:
    """One note of a vendor's people about an order; it is for themselves."""

    id: int
    order_id: int


@dataclass(frozen=True)
class Horizon:
    """Where a snapshot of the database ends.

    All transactions before `begins` have ended, and what they wrote is in it; those from `ends` on had
    not begun.
    """

    begins: int
    ends: int


_CHANGE = """
    SELECT event.id, event.order_id, event.sequence, event.type, event.payment_status, event.created_at,
           event.transaction_id,
           coalesce(event.to_status, (
               SELECT earlier.to_status FROM order_events AS earlier
               WHERE earlier.order_id = event.order_id AND earlier.to_status IS NOT NULL
                 AND earlier.sequence < event.sequence
               ORDER BY earlier.sequence DESC LIMIT 1)) AS status
    FROM order_events AS event
"""
_EXISTS = text(
    "SELECT 1 FROM orders WHERE id = :order_id"
    " AND (CAST(:customer_id AS bigint) IS NULL OR customer_id = :customer_id"
    " OR customer_id IN (SELECT id FROM customers WHERE account_id = :customer_id))"
)
_NEWEST = text(_CHANGE + "WHERE event.order_id = :order_id ORDER BY event.sequence DESC LIMIT 1")
_SINCE = text(
    _CHANGE + "WHERE event.order_id = :order_id AND event.sequence > :sequence ORDER BY event.sequence"
)
_HORIZON = text("""
    SELECT pg_snapshot_xmin(snapshot)::text::bigint AS begins,
           pg_snapshot_xmax(snapshot)::text::bigint AS ends
    FROM pg_current_snapshot() AS snapshot
""")
# Not beyond the snapshot's end: rows that came from another cluster carry that one's numbers.
_FROM_TRANSACTION = text(
    _CHANGE + "WHERE event.vendor_id = :vendor_id AND event.transaction_id >= :begins"
    " AND event.transaction_id < :ends ORDER BY event.transaction_id, event.id LIMIT :how_many"
)


_MESSAGE = "SELECT id, order_id, transaction_id FROM order_messages "
_LAST_MESSAGE = text("SELECT coalesce(max(id), 0) FROM order_messages WHERE order_id = :order_id")
_MESSAGES_SINCE = text(_MESSAGE + "WHERE order_id = :order_id AND id > :message_id ORDER BY id")
_LAST_NOTE = text("SELECT coalesce(max(id), 0) FROM order_notes WHERE order_id = :order_id")
_NOTES_SINCE = text(
    "SELECT id, order_id FROM order_notes WHERE order_id = :order_id AND id > :note_id ORDER BY id"
)
_MESSAGES_FROM_TRANSACTION = text(
    _MESSAGE + "WHERE vendor_id = :vendor_id AND transaction_id >= :begins AND transaction_id < :ends"
    " ORDER BY transaction_id, id LIMIT :how_many"
)


async def check_order(session: AsyncSession, *, order_id: int, customer_id: int | None) -> None:
    """Raise OrderNotFound for an order that the vendor, or this customer of theirs, does not have."""
    given = {"order_id": order_id, "customer_id": customer_id}
    if (await session.execute(_EXISTS, given)).one_or_none() is None:
        raise OrderNotFound("There is no such order.")


async def newest_change(session: AsyncSession, *, order_id: int) -> OrderChange | None:
    """The last thing that happened to an order."""
    changes = await _changes(session, _NEWEST, order_id=order_id)
    return changes[0] if changes else None


async def changes_since(session: AsyncSession, *, order_id: int, sequence: int) -> Sequence[OrderChange]:
    """An order's events after the one with this number, in order."""
    return await _changes(session, _SINCE, order_id=order_id, sequence=sequence)


async def last_message(session: AsyncSession, *, order_id: int) -> int:
    """The id of an order's newest message; 0 without one."""
    newest: int = (await session.execute(_LAST_MESSAGE, {"order_id": order_id})).scalar_one()
    return newest


async def messages_since(session: AsyncSession, *, order_id: int, message_id: int) -> Sequence[MessageAdded]:
    """An order's messages after the one with this id; they become visible in the order of their ids."""
    return await _messages(session, _MESSAGES_SINCE, order_id=order_id, message_id=message_id)


async def last_note(session: AsyncSession, *, order_id: int) -> int:
    """The id of an order's newest note; 0 without one."""
    newest: int = (await session.execute(_LAST_NOTE, {"order_id": order_id})).scalar_one()
    return newest


async def notes_since(session: AsyncSession, *, order_id: int, note_id: int) -> Sequence[NoteAdded]:
    """An order's notes after the one with this id; they become visible in the order of their ids."""
    rows = await session.execute(_NOTES_SINCE, {"order_id": order_id, "note_id": note_id})
    return [NoteAdded(*row) for row in rows]


async def messages_from_transaction(
    session: AsyncSession, *, vendor_id: int, within: Horizon, how_many: int
) -> Sequence[MessageAdded]:
    """As `changes_from_transaction`, for messages."""
    given = {"vendor_id": vendor_id, "begins": within.begins, "ends": within.ends, "how_many": how_many}
    return await _messages(session, _MESSAGES_FROM_TRANSACTION, **given)


async def horizon(session: AsyncSession) -> Horizon:
    """Where this transaction's view of the database ends."""
    row = (await session.execute(_HORIZON)).one()
    return Horizon(row.begins, row.ends)


async def changes_from_transaction(
    session: AsyncSession, *, vendor_id: int, within: Horizon, how_many: int
) -> Sequence[OrderChange]:
    """The vendor's events that were written from one transaction up to another, by their transactions."""
    given = {"vendor_id": vendor_id, "begins": within.begins, "ends": within.ends, "how_many": how_many}
    return await _changes(session, _FROM_TRANSACTION, **given)


async def _changes(session: AsyncSession, statement: TextClause, **given: int) -> list[OrderChange]:
    rows: Sequence[RowMapping] = (await session.execute(statement, given)).mappings().all()
    return [OrderChange(**row) for row in rows]


async def _messages(session: AsyncSession, statement: TextClause, **given: int) -> list[MessageAdded]:
    rows: Sequence[RowMapping] = (await session.execute(statement, given)).mappings().all()
    return [MessageAdded(**row) for row in rows]
