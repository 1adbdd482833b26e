"""The notes that a vendor's people keep about an order: reading them, and adding one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, rows
from db.tables import OrderNote, VendorUser
from domain.errors import IdempotencyKeyReused

# One writer of an order's notes at a time: ids then become visible in their order, which streams rely on.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('order_notes', :order_id))")


@dataclass(frozen=True)
class NoteAuthor:
    """Somebody of the vendor's, as their colleagues know them."""

    id: int
    first_name: str
    last_name: str


@dataclass(frozen=True)
class Note:
    """A note with who wrote it."""

    id: int
    author: NoteAuthor
    body: str
    created_at: datetime


@dataclass(frozen=True)
class NewNote:
    """What somebody wants to note about an order."""

    vendor_id: int
    order_id: int
    author_id: int
    body: str
    idempotency_key: str | None = None


_NOTES = (
    select(
        OrderNote.id,
        OrderNote.author_id,
        OrderNote.body,
        OrderNote.created_at,
        VendorUser.first_name,
        VendorUser.last_name,
    )
    .join(VendorUser, VendorUser.id == OrderNote.author_id)
    .where(OrderNote.order_id == bindparam("order_id", type_=BigInteger))
    .order_by(OrderNote.id)
)
_ONE_NOTE = _NOTES.where(OrderNote.id == bindparam("note_id", type_=BigInteger))


async def list_notes(via: Direct | AsyncSession, *, order_id: int) -> Sequence[Note]:
    """An order's notes, oldest first."""
    return [_note(row) for row in await rows(via, _NOTES, {"order_id": order_id})]


async def get_note(session: AsyncSession, *, order_id: int, note_id: int) -> Note:
    """One of an order's notes, which is there."""
    [row] = await rows(session, _ONE_NOTE, {"order_id": order_id, "note_id": note_id})
    return _note(row)


def _note(row: Any) -> Note:  # noqa: ANN401 -- as the statement's columns are
    author = NoteAuthor(row["author_id"], row["first_name"], row["last_name"])
    return Note(row["id"], author, row["body"], row["created_at"])


async def add_note(session: AsyncSession, new: NewNote) -> tuple[int, bool]:
    """The note's id, and whether it was there before under its author's key.

    Raises IdempotencyKeyReused when the key came with another text.
    """
    await session.execute(_LOCK, {"order_id": new.order_id})
    statement = insert(OrderNote).values(
        vendor_id=new.vendor_id,
        order_id=new.order_id,
        author_id=new.author_id,
        body=new.body,
        idempotency_key=new.idempotency_key,
    )
    # The same key at the same time waits here for the first one to commit.
    added = await session.scalar(
        statement.on_conflict_do_nothing(
            index_elements=["order_id", "author_id", "idempotency_key"]
        ).returning(OrderNote.id)
    )
    if added is not None:
        return added, False
    first = select(OrderNote.id, OrderNote.body).where(
        OrderNote.order_id == new.order_id,
        OrderNote.author_id == new.author_id,
        OrderNote.idempotency_key == new.idempotency_key,
    )
    note_id, body = (await session.execute(first)).one()
    if body != new.body:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another note.")
    return note_id, True
