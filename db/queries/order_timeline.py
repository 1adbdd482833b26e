"""Everything that is stored of what happened to an order: its events with who did it, and its e-mails."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Email, OrderEvent, VendorUser
from domain.lifecycle import ActorType


@dataclass(frozen=True)
class LoggedEvent:
    """An entry of an order's history; `person` is who of the vendor's did it, empty for everybody else."""

    event: OrderEvent
    person: str


async def list_events(session: AsyncSession, *, order_id: int) -> Sequence[LoggedEvent]:
    """An order's events, oldest first."""
    by_vendor = (OrderEvent.actor_type == ActorType.VENDOR) & (VendorUser.id == OrderEvent.actor_id)
    statement = (
        select(OrderEvent, VendorUser.first_name, VendorUser.last_name)
        .outerjoin(VendorUser, by_vendor)
        .where(OrderEvent.order_id == order_id)
        .order_by(OrderEvent.sequence)
    )
    return [
        LoggedEvent(event, f"{first_name or ''} {last_name or ''}".strip())
        for event, first_name, last_name in await session.execute(statement)
    ]


async def list_emails(session: AsyncSession, *, order_id: int) -> Sequence[Email]:
    """The e-mails about an order that left, and those that were refused for good; oldest first."""
    over = or_(Email.sent_at.is_not(None), Email.failure.is_not(None))
    statement = select(Email).where(Email.order_id == order_id, over).order_by(Email.id)
    return (await session.scalars(statement)).all()
