"""Disputes as a shop reads them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Dispute


async def list_disputes(session: AsyncSession, *, order_id: int) -> Sequence[Dispute]:
    """An order's disputes, oldest first."""
    statement = select(Dispute).where(Dispute.order_id == order_id)
    return (await session.scalars(statement.order_by(Dispute.opened_at, Dispute.id))).all()
