"""Cancelling: give the stock back, close the order, and send back what was paid."""

from datetime import timedelta

from temporalio import workflow

from activities.messages import Actor, CancelOrder, RecordRefund, RefundPayment, RefundState
from domain.lifecycle import ActorType, CancelReason, OrderStatus, PaymentMethod, PaymentStatus, RefundStatus
from domain.orders import effect_key
from workflows.state import OrderState
from workflows.steps import CANCEL_ORDER, RECORD_REFUND, REFUND_PAYMENT, call, store
from workflows.waiting import announce, happens, publish


async def cancel_order(
    order: OrderState, reason: CancelReason, actor: Actor, *, command_id: int | None
) -> None:
    """Cancel an order whose payment is closed or paid; the lock is held.

    What was paid goes back in the main line, so that nobody waits for Stripe to hear that it is cancelled.
    """
    refund_key = effect_key(order.input.order_number, "refund", 1)
    vendor_knows = order.status != OrderStatus.PENDING or order.payment_method == PaymentMethod.MANUAL
    given = CancelOrder(order.next_event, actor, reason, refund_key, command_id)
    cancelled = await store(CANCEL_ORDER, given, f"cancelled: {reason}")
    order.sequence = cancelled.sequence
    order.status = OrderStatus.CANCELLED
    order.payment_status = PaymentStatus(cancelled.payment_status)
    if cancelled.refund_amount > 0:
        order.refund_due = refund_key
    order.mail("order_cancelled")
    if vendor_knows and actor.type != ActorType.VENDOR and reason != CancelReason.EXPIRED:
        order.mail("vendor_order_cancelled")


async def send_refund(order: OrderState) -> None:
    """See the refund that is due through until the provider says that it succeeded."""
    key = order.refund_due
    if key is None:
        return
    attempt = 1
    poll = timedelta(seconds=order.input.policy.poll_first)
    announce(order, "Stripe to pay the refund", None)
    while True:
        given = RefundPayment(order.input.vendor_id, order.order_id, key, attempt)
        state = await call(REFUND_PAYMENT, given, f"refund {key}")
        await _record(order, key, state)
        if state.status == RefundStatus.SUCCEEDED:
            break
        if state.status == RefundStatus.FAILED:
            attempt += 1
            await _wait_for_operator(order, state)
            continue
        order.notices.clear()
        await happens(lambda: bool(order.notices), within=poll, name="ask Stripe for the refund")
        poll = min(poll * 2, timedelta(seconds=order.input.policy.poll_most))
    order.refund_due = None


async def _record(order: OrderState, key: str, state: RefundState) -> None:
    async with order.lock:
        recorded = await store(
            RECORD_REFUND, RecordRefund(order.next_event, key, state), f"refund {state.status}"
        )
        if not recorded.changed:
            return
        order.sequence += 1
        order.payment_status = PaymentStatus(recorded.payment_status)
        if state.status == RefundStatus.SUCCEEDED:
            order.mail("refund_issued", f"refund_issued:{key}")
        publish(order)


async def _wait_for_operator(order: OrderState, state: RefundState) -> None:
    order.attention = f"the refund failed: {state.failure_reason or 'no reason given'}"
    announce(order, "an operator to have the refund sent again", None)
    await workflow.wait_condition(lambda: order.refund_retry_requested)
    order.refund_retry_requested = False
    order.attention = None
    publish(order)
