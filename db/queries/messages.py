"""The message thread of an order: reading it, adding to it, and what of it was not mailed yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, rows
from db.tables import Customer, Order, OrderMessage, Vendor, VendorUser
from domain.errors import IdempotencyKeyReused, RateLimited
from domain.lifecycle import ActorType

LIMIT, WINDOW = 20, timedelta(minutes=10)

# One writer of a thread at a time: ids then become visible in their order, which streams rely on.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('order_messages', :order_id))")


@dataclass(frozen=True)
class ThreadMessage:
    """A message; `author_name` is the person's own name, `shop_name` what a vendor's people write under."""

    id: int
    author: ActorType
    author_name: str
    shop_name: str
    body: str
    created_at: datetime


@dataclass(frozen=True)
class NewMessage:
    """What somebody wants to add to an order's thread."""

    vendor_id: int
    order_id: int
    author: ActorType
    author_id: int
    body: str
    idempotency_key: str | None = None


_BY_VENDOR = OrderMessage.author_type == ActorType.VENDOR
_PERSON = case(
    (_BY_VENDOR, VendorUser.first_name + " " + VendorUser.last_name),
    else_=Customer.first_name + " " + Customer.last_name,
)
_THREAD = (
    select(
        OrderMessage.id,
        OrderMessage.author_type,
        _PERSON.label("author_name"),
        Vendor.name.label("shop_name"),
        OrderMessage.body,
        OrderMessage.created_at,
    )
    .join(Order, Order.id == OrderMessage.order_id)
    .join(Vendor, Vendor.id == OrderMessage.vendor_id)
    .join(Customer, Customer.id == Order.customer_id)
    .outerjoin(VendorUser, _BY_VENDOR & (VendorUser.id == OrderMessage.author_id))
    .where(OrderMessage.order_id == bindparam("order_id", type_=BigInteger))
    .order_by(OrderMessage.id)
)
_ONE_MESSAGE = _THREAD.where(OrderMessage.id == bindparam("message_id", type_=BigInteger))


async def list_messages(via: Direct | AsyncSession, *, order_id: int) -> Sequence[ThreadMessage]:
    """An order's messages, oldest first."""
    return [_message(row) for row in await rows(via, _THREAD, {"order_id": order_id})]


async def get_message(session: AsyncSession, *, order_id: int, message_id: int) -> ThreadMessage:
    """One of an order's messages, which is there."""
    [row] = await rows(session, _ONE_MESSAGE, {"order_id": order_id, "message_id": message_id})
    return _message(row)


def _message(row: Any) -> ThreadMessage:  # noqa: ANN401 -- as the statement's columns are
    return ThreadMessage(
        row["id"],
        ActorType(row["author_type"]),
        row["author_name"] or "",
        row["shop_name"],
        row["body"],
        row["created_at"],
    )


async def add_message(session: AsyncSession, new: NewMessage) -> tuple[int, bool]:
    """The message's id, and whether it was there before under its key.

    Raises IdempotencyKeyReused when the key came with another text, and RateLimited after 20 messages of one
    author in ten minutes.
    """
    await session.execute(_LOCK, {"order_id": new.order_id})
    own = (
        OrderMessage.order_id == new.order_id,
        OrderMessage.author_type == new.author,
        OrderMessage.author_id == new.author_id,
    )
    if new.idempotency_key is not None:
        first = await session.scalar(
            select(OrderMessage).where(*own, OrderMessage.idempotency_key == new.idempotency_key)
        )
        if first is not None:
            if first.body != new.body:
                raise IdempotencyKeyReused("This Idempotency-Key was used for another message.")
            return first.id, True
    recent = select(func.count(), func.min(OrderMessage.created_at), func.now()).where(
        *own, OrderMessage.created_at > func.now() - WINDOW
    )
    count, oldest, now = (await session.execute(recent)).one()
    if count >= LIMIT:
        wait = max(1, round((oldest + WINDOW - now).total_seconds()))
        raise RateLimited("Too many messages; please wait a little.", retry_after=wait)
    message = OrderMessage(
        vendor_id=new.vendor_id,
        order_id=new.order_id,
        author_type=new.author,
        author_id=new.author_id,
        body=new.body,
        idempotency_key=new.idempotency_key,
    )
    session.add(message)
    await session.flush()
    return message.id, False


async def mark_notified(session: AsyncSession, *, message_id: int) -> None:
    """Keep that the other side has been mailed; the first time counts."""
    await session.execute(
        update(OrderMessage)
        .where(OrderMessage.id == message_id, OrderMessage.notified_at.is_(None))
        .values(notified_at=func.now())
    )


@dataclass(frozen=True)
class UnnotifiedMessage:
    """A message whose reader has not been mailed."""

    id: int
    vendor_id: int
    order_id: int
    order_number: str
    author: ActorType


async def unnotified_messages(
    session: AsyncSession, *, after_id: int, before: datetime, limit: int
) -> Sequence[UnnotifiedMessage]:
    """Messages from before `before` whose readers have not been mailed, by id."""
    statement = (
        select(
            OrderMessage.id,
            OrderMessage.vendor_id,
            OrderMessage.order_id,
            Order.order_number,
            OrderMessage.author_type,
        )
        .join(Order, Order.id == OrderMessage.order_id)
        .where(
            OrderMessage.id > after_id,
            OrderMessage.notified_at.is_(None),
            OrderMessage.created_at <= before,
        )
        .order_by(OrderMessage.id)
        .limit(limit)
    )
    return [UnnotifiedMessage(*row[:4], ActorType(row[4])) for row in await session.execute(statement)]
