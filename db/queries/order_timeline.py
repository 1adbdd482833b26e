"""Everything that is stored of what happened to an order: its events with who did it, and its e-mails."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, Entity, rows
from db.tables import Email, OrderEvent, VendorUser
from domain.lifecycle import ActorType


@dataclass(frozen=True)
class LoggedEvent:
    """An entry of an order's history; `person` is who of the vendor's did it, empty for everybody else."""

    event: OrderEvent
    person: str


_ORDER_ID = bindparam("order_id", type_=BigInteger)
_EVENT, _EMAIL = Entity(OrderEvent), Entity(Email)
_BY_VENDOR = (OrderEvent.actor_type == ActorType.VENDOR) & (VendorUser.id == OrderEvent.actor_id)
_EVENTS = (
    select(*_EVENT.columns, VendorUser.first_name, VendorUser.last_name)
    .outerjoin(VendorUser, _BY_VENDOR)
    .where(OrderEvent.order_id == _ORDER_ID)
    .order_by(OrderEvent.sequence)
)
_OVER = or_(Email.sent_at.is_not(None), Email.failure.is_not(None))
_EMAILS = select(*_EMAIL.columns).where(Email.order_id == _ORDER_ID, _OVER).order_by(Email.id)


async def list_events(via: Direct | AsyncSession, *, order_id: int) -> Sequence[LoggedEvent]:
    """An order's events, oldest first."""
    return [
        LoggedEvent(_EVENT.read(row), f"{row['first_name'] or ''} {row['last_name'] or ''}".strip())
        for row in await rows(via, _EVENTS, {"order_id": order_id})
    ]


async def list_emails(via: Direct | AsyncSession, *, order_id: int) -> Sequence[Email]:
    """The e-mails about an order that left, and those that were refused for good; oldest first."""
    return [_EMAIL.read(row) for row in await rows(via, _EMAILS, {"order_id": order_id})]
