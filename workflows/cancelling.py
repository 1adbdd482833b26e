"""Cancelling: give the stock back or write it off, close the order, and note the refund of what was paid."""

from activities.messages import Actor, CancelOrder
from domain.lifecycle import ActorType, CancelReason, OrderStatus, PaymentMethod, PaymentStatus
from workflows.refunding import next_refund_key, take_refund_key
from workflows.state import OrderState
from workflows.steps import CANCEL_ORDER, store


async def cancel_order(
    order: OrderState,
    reason: CancelReason,
    actor: Actor,
    *,
    command_id: int | None,
    restock: bool = True,
    notify_customer: bool = True,
) -> None:
    """Cancel an order whose payment is closed or paid; the lock is held.

    What was paid goes back beside the main line, so that nobody waits for Stripe to hear of it.
    """
    known = order.status != OrderStatus.PENDING
    vendor_knows = known or order.payment_method == PaymentMethod.MANUAL
    given = CancelOrder(
        order.next_event, actor, reason, next_refund_key(order), command_id, restock, notify_customer
    )
    cancelled = await store(CANCEL_ORDER, given, f"cancelled: {reason}")
    order.sequence = cancelled.sequence
    order.status = OrderStatus.CANCELLED
    order.payment_status = PaymentStatus(cancelled.payment_status)
    if order.authorization is not None:
        # What went wrong with its capture is no concern any more.
        order.attention = None
    if cancelled.refund_amount > 0:
        take_refund_key(order)
    if notify_customer:
        order.mail("order_cancelled")
    if vendor_knows and actor.type != ActorType.VENDOR and (known or reason != CancelReason.EXPIRED):
        order.mail("vendor_order_cancelled")
