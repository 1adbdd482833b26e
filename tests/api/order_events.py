"""Events of orders, written as workflows' activities write them."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.order_steps import add_event, lock_order
from db.session import Database
from db.tables import Order, OrderEvent
from domain.orders import OrderEventType


async def write_event(session: AsyncSession, order_id: int, *, to_status: str | None = None) -> int:
    """An order's next event in this transaction; returns its number."""
    newest = select(func.max(OrderEvent.sequence)).where(OrderEvent.order_id == order_id)
    sequence = (await session.scalar(newest) or 0) + 1
    order, _ = await lock_order(session, order_id, sequence)
    if to_status is not None:
        order.status = to_status
    add_event(
        session,
        order,
        sequence=sequence,
        event_type=OrderEventType.ORDER_PROCESSING,
        actor_type="system",
        to_status=to_status,
    )
    await session.flush()
    return sequence


async def happen(database: Database, order: Order, *to_status: str | None) -> None:
    """Events of an order, each in a transaction of its own."""
    for status in to_status:
        async with database.vendor(order.vendor_id) as session:
            await write_event(session, order.id, to_status=status)
