"""What every step of an order's life does in its transaction: lock the order, write its numbered event."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Customer, Order, OrderCommand, OrderEvent, Refund
from domain.orders import OrderEventType


async def lock_order(session: AsyncSession, order_id: int, sequence: int) -> tuple[Order, OrderEvent | None]:
    """The order, locked, and the event with this number if its step was applied before."""
    statement = (
        select(Order, OrderEvent)
        .outerjoin(OrderEvent, and_(OrderEvent.order_id == Order.id, OrderEvent.sequence == sequence))
        .where(Order.id == order_id)
        .with_for_update(of=Order)
    )
    row = (await session.execute(statement)).one()
    return row[0], row[1]


def add_event(
    session: AsyncSession,
    order: Order,
    *,
    sequence: int,
    event_type: OrderEventType,
    actor_type: str,
    actor_id: int | None = None,
    cause: str | None = None,
    from_status: str | None = None,
    to_status: str | None = None,
    notes: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write an order's next numbered event; the number being unique makes the step happen once."""
    session.add(
        OrderEvent(
            vendor_id=order.vendor_id,
            order_id=order.id,
            sequence=sequence,
            type=event_type,
            from_status=from_status,
            to_status=to_status,
            payment_status=order.payment_status,
            actor_type=actor_type,
            actor_id=actor_id,
            cause=cause,
            notes=notes,
            data=data or {},
        )
    )


async def apply_command(session: AsyncSession, command_id: int | None) -> dict[str, Any]:
    """What somebody asked for in full: notes, carrier, tracking number; empty for a step without command.

    Keeps with it that it had its effect, for whoever sends it again: it belongs to the transaction of that
    effect.
    """
    if command_id is None:
        return {}
    applied = update(OrderCommand).where(OrderCommand.id == command_id).values(outcome={"applied": True})
    body = await session.scalar(applied.returning(OrderCommand.body))
    return body or {}


async def add_to_customer_totals(session: AsyncSession, order: Order, *, orders: int, spent: Decimal) -> None:
    """Move a customer's totals; they count paid orders that are not cancelled, less refunds."""
    await session.execute(
        update(Customer)
        .where(Customer.id == order.customer_id)
        .values(total_orders=Customer.total_orders + orders, total_spent=Customer.total_spent + spent)
    )


async def refund_by_key(session: AsyncSession, refund_key: str) -> Refund:
    """The refund that was requested under this key."""
    return (await session.scalars(select(Refund).where(Refund.refund_key == refund_key))).one()


async def now(session: AsyncSession) -> datetime:
    """The transaction's time, the same for all that it writes."""
    moment: datetime | None = await session.scalar(select(func.now()))
    if moment is None:
        raise RuntimeError("the database told no time")
    return moment
