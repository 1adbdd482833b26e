"""Refunds: noted under the order's lock, then seen through one after the other beside the main line."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.messages import Actor
from activities.payment_messages import RecordRefund, RefundPayment, RefundState, ReopenRefund, RequestRefund
from domain.errors import RefundExceedsRemaining, TransitionNotAllowed
from domain.lifecycle import ActorType, PaymentStatus, RefundStatus
from domain.orders import effect_key
from workflows.messages import PaymentNotice, RefundRequest, RefundRequested
from workflows.refusals import refusal_of
from workflows.state import OrderState
from workflows.steps import RECORD_REFUND, REFUND_PAYMENT, REOPEN_REFUND, REQUEST_REFUND, call, store
from workflows.waiting import happens, publish

_REFUNDABLE = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED)


def next_refund_key(order: OrderState) -> str:
    """The name of the order's next refund; it is taken once the refund is noted."""
    return effect_key(order.input.order_number, "refund", order.refund_count + 1)


def take_refund_key(order: OrderState) -> None:
    """Have the refund that was noted under the next key sent."""
    key = next_refund_key(order)
    order.refund_count += 1
    order.refunds.append(key)
    order.refunds_since[key] = workflow.now()


def check_refundable(order: OrderState) -> None:
    """Raise TransitionNotAllowed unless there is money that could go back."""
    if order.payment_status not in _REFUNDABLE:
        raise TransitionNotAllowed(
            f"An order whose payment is {order.payment_status} cannot be refunded.",
            status=str(order.payment_status),
        )


async def request_refund(order: OrderState, request: RefundRequest) -> RefundRequested:
    """Note a refund; how much is worked out from the stored command. Raises what the step refuses."""
    async with order.lock:
        check_refundable(order)
        key = next_refund_key(order)
        given = RequestRefund(order.next_event, request.actor, key, request.command_id)
        try:
            requested = await store(REQUEST_REFUND, given, f"note {key}")
        except FailureError as error:
            raise refusal_of(error) or error from None
        order.sequence += 1
        take_refund_key(order)
        return RefundRequested(key, requested.amount)


async def send_refunds(order: OrderState) -> None:
    """See each refund through until the provider says that it succeeded, for as long as the workflow runs."""
    while True:
        await workflow.wait_condition(lambda: bool(order.refunds))
        settled = await _see_through(order, order.refunds[0])
        key = order.refunds.popleft()
        if settled:
            order.settled_refunds.append(key)


def look_again(order: OrderState) -> None:
    """Ask again how settled refunds stand: a bank may return one days after it succeeded.

    https://docs.stripe.com/refunds#failed-refunds
    """
    order.refunds.extend(order.settled_refunds)
    order.settled_refunds.clear()
    order.notices.clear()


async def _see_through(order: OrderState, key: str) -> bool:
    """Whether the refund reached the customer; one that nothing is left for is given up."""
    poll = timedelta(seconds=order.input.policy.poll_first)
    while True:
        order.notices.clear()
        state = await call(REFUND_PAYMENT, RefundPayment(order.input.vendor_id, order.order_id, key), key)
        if state.reference is not None:
            order.sent_refunds.add(key)
        await _record(order, key, state)
        if state.status == RefundStatus.SUCCEEDED:
            return True
        if state.status == RefundStatus.FAILED:
            if state.reference is None and workflow.patched("refused-refund"):
                # Somebody may have refunded at Stripe, or a bank have taken the money.
                order.reversals.append(PaymentNotice(f"refused {key}", "refund"))
            if not await _is_sent_again(order, key, state):
                return False
            continue
        await happens(lambda: bool(order.notices), within=poll, name=f"ask Stripe for {key}")
        poll = min(poll * 2, timedelta(seconds=order.input.policy.poll_most))


async def _record(order: OrderState, key: str, state: RefundState) -> None:
    async with order.lock:
        recorded = await store(RECORD_REFUND, RecordRefund(order.next_event, key, state), state.status)
        if not recorded.changed:
            return
        order.sequence += 1
        order.payment_status = PaymentStatus(recorded.payment_status)
        if state.status == RefundStatus.SUCCEEDED:
            order.mail("refund_issued", f"refund_issued:{key}")
        publish(order)


async def _is_sent_again(order: OrderState, key: str, state: RefundState) -> bool:
    """Whether an operator has a failed refund sent again, unless all has gone back in another way."""
    order.attention = f"the refund {key} failed: {state.failure_reason or 'no reason given'}"
    order.refund_failed_since = workflow.now()
    publish(order)
    again = None
    while again is None:
        await workflow.wait_condition(
            lambda: order.refund_retry_requested or order.payment_status == PaymentStatus.REFUNDED
        )
        again = await _reopen(order, key) if order.refund_retry_requested else False
    order.attention = order.refund_failed_since = None
    publish(order)
    return again


async def _reopen(order: OrderState, key: str) -> bool | None:
    """Whether the refund is pending again; None when it was refused and may be asked for once more."""
    order.refund_retry_requested = False
    actor = Actor(ActorType.SYSTEM, cause="operator")
    async with order.lock:
        try:
            await store(REOPEN_REFUND, ReopenRefund(order.next_event, actor, key), f"{key} again")
        except FailureError as error:
            refusal = refusal_of(error)
            order.last_error = str(refusal or error)
            publish(order)
            gone = isinstance(refusal, RefundExceedsRemaining) and workflow.patched("refund-without-room")
            return False if gone else None
        order.sequence += 1
    return True
