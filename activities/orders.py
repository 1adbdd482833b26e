"""Changes of an order's status, each one transaction with its event."""

from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.errors import at_the_boundary
from activities.messages import (
    CancelledOrder,
    CancelOrder,
    ChangedStatus,
    ChangeStatus,
    OrderRef,
    RefuseCommand,
)
from activities.payment_messages import PaymentState
from activities.payments import book_payment, set_payment_status
from activities.refund_requests import note_refund
from activities.settlement import kept
from db.queries import order_steps, stock
from db.queries.refundable import left_to_refund
from db.session import Database
from db.tables import Order, OrderCommand
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus
from domain.orders import OrderEventType

_EVENTS = {
    OrderStatus.CONFIRMED: OrderEventType.ORDER_CONFIRMED,
    OrderStatus.PROCESSING: OrderEventType.ORDER_PROCESSING,
    OrderStatus.SHIPPED: OrderEventType.ORDER_SHIPPED,
    OrderStatus.DELIVERED: OrderEventType.ORDER_DELIVERED,
}


class OrderActivities:
    """Moving stored orders on; each step can be repeated without effect."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="change_status")
    @at_the_boundary
    async def change_status(self, given: ChangeStatus) -> ChangedStatus:
        """Move the order on; a vendor's confirmation of a manual order books its payment first."""
        target = OrderStatus(given.to_status)
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            records_payment = target == OrderStatus.CONFIRMED and order.payment_method == PaymentMethod.MANUAL
            last = given.order.sequence + records_payment
            if applied is None:
                if records_payment:
                    await _book_manual_payment(session, order, given)
                await _move(session, order, target, given, last)
            return ChangedStatus(last, order.payment_status)

    @activity.defn(name="cancel_order")
    @at_the_boundary
    async def cancel_order(self, given: CancelOrder) -> CancelledOrder:
        """Cancel the order, give its stock back or write it off, and note the refund of what was paid."""
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is None:
                refund = await _cancel(session, order, given)
            else:
                refund = Decimal(applied.data["refund_amount"])
            return CancelledOrder(
                given.order.sequence + (refund > 0), order.payment_status, refund_amount=refund
            )

    @activity.defn(name="complete_order")
    @at_the_boundary
    async def complete_order(self, given: OrderRef) -> ChangedStatus:
        """Close a delivered order whose return window is over."""
        async with self._database.vendor(given.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order_id, given.sequence)
            if applied is None:
                order.completed_at = func.now()
                order_steps.add_event(
                    session,
                    order,
                    sequence=given.sequence,
                    event_type=OrderEventType.ORDER_COMPLETED,
                    actor_type="system",
                )
            return ChangedStatus(given.sequence, order.payment_status)

    @activity.defn(name="refuse_command")
    @at_the_boundary
    async def refuse_command(self, given: RefuseCommand) -> bool | None:
        """Keep why a command was refused that nobody waited for; False when it was not to be kept.

        Nothing when it was: a worker of before, side by side with this one, could not read anything else.
        """
        outcome = {"code": given.code, "message": given.message, "fields": given.fields}
        command = OrderCommand.id == given.command_id
        async with self._database.vendor(given.vendor_id) as session:
            if given.unless_behind and "status" in given.fields:
                stands = select(Order.status).join(OrderCommand, OrderCommand.order_id == Order.id)
                if await session.scalar(stands.where(command)) != given.fields["status"]:
                    return False
            await session.execute(update(OrderCommand).where(command).values(outcome=outcome))
        return None


async def _book_manual_payment(session: AsyncSession, order: Order, given: ChangeStatus) -> None:
    received = PaymentState("manual", "succeeded", order.total_amount)
    await book_payment(session, order, given.order.sequence, given.actor, received)
    await order_steps.add_to_customer_totals(session, order, orders=1, spent=order.total_amount)


async def _move(
    session: AsyncSession, order: Order, target: OrderStatus, given: ChangeStatus, sequence: int
) -> None:
    body = await order_steps.apply_command(session, given.command_id)
    before, order.status = order.status, target
    if target == OrderStatus.SHIPPED:
        order.carrier = body.get("carrier")
        order.tracking_number = body.get("tracking_number")
        order.shipped_at = func.now()
        await stock.ship(session, reference=order.order_number)
        if given.stock_released:
            await stock.ship_released(session, reference=order.order_number)
    elif target == OrderStatus.DELIVERED:
        order.delivered_at = func.now()
    order_steps.add_event(
        session,
        order,
        sequence=sequence,
        event_type=_EVENTS[target],
        actor_type=given.actor.type,
        actor_id=given.actor.id,
        cause=given.actor.cause,
        from_status=before,
        to_status=target,
        notes=body.get("notes"),
    )


async def _cancel(session: AsyncSession, order: Order, given: CancelOrder) -> Decimal:
    body = await order_steps.apply_command(session, given.command_id)
    left = left_to_refund(order)
    if order.paid_amount > 0:
        await order_steps.add_to_customer_totals(session, order, orders=-1, spent=-kept(order))
    else:
        await set_payment_status(session, order, "canceled", None)
        order.payment_status = PaymentStatus.VOIDED
    before, order.status = order.status, OrderStatus.CANCELLED
    order.cancel_reason = given.reason
    settle_stock = stock.release if given.restock else stock.write_off
    await settle_stock(session, reference=order.order_number)
    order_steps.add_event(
        session,
        order,
        sequence=given.order.sequence,
        event_type=OrderEventType.ORDER_CANCELLED,
        actor_type=given.actor.type,
        actor_id=given.actor.id,
        cause=given.actor.cause,
        from_status=before,
        to_status=OrderStatus.CANCELLED,
        notes=body.get("notes") or body.get("reason"),
        data={
            "reason": given.reason,
            "refund_amount": str(left),
            "restock": given.restock,
            "notify_customer": given.notify_customer,
        },
    )
    if left > 0:
        await note_refund(
            session,
            order,
            sequence=given.order.sequence + 1,
            actor=given.actor,
            refund_key=given.refund_key,
            amount=left,
            reason="cancelled",
        )
    return left
