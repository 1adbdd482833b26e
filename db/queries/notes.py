"""The notes that a vendor's people keep about an order: reading them, and adding one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

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


async def list_notes(session: AsyncSession, *, order_id: int, note_id: int | None = None) -> Sequence[Note]:
    """An order's notes, oldest first; only the one, where it is named."""
    statement = (
        select(OrderNote, VendorUser.first_name, VendorUser.last_name)
        .join(VendorUser, VendorUser.id == OrderNote.author_id)
        .where(OrderNote.order_id == order_id)
        .order_by(OrderNote.id)
    )
    if note_id is not None:
        statement = statement.where(OrderNote.id == note_id)
    return [
        Note(note.id, NoteAuthor(note.author_id, first_name, last_name), note.body, note.created_at)
        for note, first_name, last_name in await session.execute(statement)
    ]


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
