"""What became of commands."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import OrderCommand


async def command_outcome(session: AsyncSession, *, command_id: int) -> dict[str, Any] | None:
    """What the workflow made of a command: applied or a refusal; None as long as it is undecided."""
    return await session.scalar(select(OrderCommand.outcome).where(OrderCommand.id == command_id))
