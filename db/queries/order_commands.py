"""What people ask of orders, kept so that a repeated request finds its first one."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import OrderCommand


async def add_command(
    session: AsyncSession,
    *,
    vendor_id: int,
    order_id: int,
    kind: str,
    actor_type: str,
    actor_id: int,
    idempotency_key: str,
    request_hash: str,
    body: dict[str, Any],
) -> tuple[OrderCommand, bool]:
    """The command under this key of this actor for this order, and whether it was there before."""
    statement = (
        insert(OrderCommand)
        .values(
            vendor_id=vendor_id,
            order_id=order_id,
            kind=kind,
            actor_type=actor_type,
            actor_id=actor_id,
            idempotency_key=idempotency_key,
            request_hash=request_hash,
            body=body,
        )
        .on_conflict_do_nothing()
        .returning(OrderCommand)
    )
    added = await session.scalar(statement)
    if added is not None:
        return added, False
    first = select(OrderCommand).where(
        OrderCommand.order_id == order_id,
        OrderCommand.actor_type == actor_type,
        OrderCommand.actor_id == actor_id,
        OrderCommand.idempotency_key == idempotency_key,
    )
    return (await session.scalars(first)).one(), True


async def is_known(
    session: AsyncSession, *, order_id: int, actor_type: str, actor_id: int, idempotency_key: str
) -> bool:
    """Whether somebody gave a command for this order under this key before."""
    first = select(OrderCommand.id).where(
        OrderCommand.order_id == order_id,
        OrderCommand.actor_type == actor_type,
        OrderCommand.actor_id == actor_id,
        OrderCommand.idempotency_key == idempotency_key,
    )
    return await session.scalar(first) is not None
