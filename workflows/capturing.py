"""Capturing: an amount that a bank holds is taken when the order ships, or given up before its deadline."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.capture_messages import CapturePayment, RecordAuthorization, RecordCapture
from activities.messages import Actor
from activities.payment_messages import PaymentState
from domain.capture import CaptureExpiry, CapturePlan, capturable, plan_capture, ran_out
from domain.errors import CaptureFailed, DomainError
from domain.lifecycle import ActorType, CancelReason, OrderStatus, PaymentStatus
from domain.orders import effect_key
from workflows.cancelling import cancel_order
from workflows.refusals import refusal_of
from workflows.state import Authorization, OrderState
from workflows.steps import (
    CANCEL_PAYMENT,
    CAPTURE_PAYMENT,
    CHECK_PAYMENT,
    RECORD_AUTHORIZATION,
    RECORD_CAPTURE,
    call,
    store,
)
from workflows.waiting import happens, publish, raise_attention

_WARN = "time to warn the shop that the authorisation runs out"
_SETTLE = "time to capture or give up what is authorised"
_POLL = "ask Stripe for what is authorised"


async def take_in_authorization(order: OrderState, state: PaymentState, actor: Actor) -> None:
    """Confirm a pending order whose amount a bank holds; the lock is held."""
    given = RecordAuthorization(order.next_event, actor, state, order.input.policy.capture_expiry)
    recorded = await store(
        RECORD_AUTHORIZATION, given, f"{order.total_amount:.2f} {order.currency} authorised"
    )
    order.sequence = recorded.sequence
    order.status = OrderStatus.CONFIRMED
    order.payment_status = PaymentStatus(recorded.payment_status)
    order.authorization = Authorization(_plan(order, state.capture_before))
    order.mail("order_confirmation")
    order.mail("vendor_new_order")


def _plan(order: OrderState, capture_before: datetime | None) -> CapturePlan | None:
    if capture_before is None:
        return None
    policy = order.input.policy
    return plan_capture(
        workflow.now(),
        capture_before,
        notice=timedelta(seconds=policy.capture_notice),
        margin=timedelta(seconds=policy.capture_margin),
    )


async def capture(order: OrderState, actor: Actor) -> None:
    """Take what is authorised and book it; the lock is held. Nothing to do for any other order.

    Raises CaptureFailed, after which the order stays as it is and is put before an operator; it is cancelled
    where the bank holds the amount no more. Each attempt has a key of its own, because Stripe repeats a
    refusal under the same one; a PaymentIntent is captured only once all the same.
    """
    if order.authorization is None or not order.is_authorized:
        return
    order.authorization.attempts += 1
    attempt = order.authorization.attempts
    key = effect_key(order.input.order_number, "capture" if attempt == 1 else f"capture-{attempt}")
    amount = capturable(order.total_amount)
    try:
        given = CapturePayment(order.payment, amount, key)
        state = await call(CAPTURE_PAYMENT, given, f"capture {amount:.2f} {order.currency}")
    except FailureError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise _failed(order, refusal) from None
    await follow_up(order, state, actor)
    if order.status == OrderStatus.CANCELLED:
        raise CaptureFailed(
            "The bank does not hold the payment any more; the order is cancelled.",
            status=str(order.status),
        )
    if not order.is_paid:
        raise _failed(order, None)


def _failed(order: OrderState, refusal: DomainError | None) -> CaptureFailed:
    code = None if refusal is None else refusal.fields.get("provider_code")
    raise_attention(order, f"the payment could not be captured: {code or 'no reason given'}")
    return CaptureFailed(
        "The payment could not be captured, so the order stays as it is.",
        status=str(order.status),
        provider_code=code,
    )


async def follow_up(
    order: OrderState, state: PaymentState, actor: Actor, reason: CancelReason | None = None
) -> None:
    """Act on what became of an authorised amount, whoever did it; the lock is held.

    `reason` is why we gave it up ourselves.
    """
    if state.status == "succeeded":
        recorded = await store(
            RECORD_CAPTURE,
            RecordCapture(order.next_event, actor, state),
            f"{state.amount_received:.2f} {order.currency} captured",
        )
        order.sequence = recorded.sequence
        order.payment_status = PaymentStatus(recorded.payment_status)
        order.attention = None
        publish(order)
    elif state.status == "canceled":
        expired = ran_out(state.cancellation_reason)
        why = reason or (CancelReason.EXPIRED if expired else CancelReason.PAYMENT_FAILED)
        await cancel_order(order, why, actor, command_id=None)


async def follow_authorization(order: OrderState) -> None:
    """Look after what is authorised until it is captured or gone, for as long as the workflow runs."""
    while True:
        await workflow.wait_condition(lambda: order.is_authorized)
        if order.authorization is not None:
            await _watch(order, order.authorization)


async def _watch(order: OrderState, authorization: Authorization) -> None:
    poll = timedelta(seconds=order.input.policy.bank_poll_most)
    while order.is_authorized:
        due, name = _next(authorization)
        await happens(
            lambda: bool(order.notices) or not order.is_authorized,
            within=poll if due is None else due - workflow.now(),
            name=name,
        )
        if order.is_authorized and order.notices:
            await _ask_stripe(order, order.notices[-1].event_id)
        elif order.is_authorized and due is None:
            await _ask_stripe(order, "poll")
        elif order.is_authorized and due is not None and workflow.now() >= due:
            await _act(order, authorization)


def _next(authorization: Authorization) -> tuple[datetime | None, str]:
    """What to wait for: until when, or without an end until Stripe is asked again."""
    if authorization.plan is None or authorization.settled:
        return None, _POLL
    if not authorization.warned:
        return authorization.plan.warn_at, _WARN
    return authorization.plan.settle_at, _SETTLE


async def _act(order: OrderState, authorization: Authorization) -> None:
    if not authorization.warned:
        authorization.warned = True
        order.mail("vendor_capture_due")
        return
    authorization.settled = True
    async with order.lock:
        if order.is_authorized:
            await _settle(order)


async def _settle(order: OrderState) -> None:
    """The bank is about to let go: take the amount or give it up, as the shop wants it. The lock is held."""
    actor = Actor(ActorType.SYSTEM, cause="authorisation")
    if order.input.policy.capture_expiry == CaptureExpiry.CAPTURE:
        try:
            await capture(order, actor)
        except CaptureFailed as refusal:
            order.last_error = refusal.message
            publish(order)
        return
    state = await call(CANCEL_PAYMENT, order.payment, "let go of what is authorised")
    await follow_up(order, state, actor, CancelReason.EXPIRED)


async def _ask_stripe(order: OrderState, cause: str) -> None:
    order.notices.clear()
    state = await call(CHECK_PAYMENT, order.payment, "ask Stripe for the payment")
    async with order.lock:
        if order.is_authorized:
            await follow_up(order, state, Actor(ActorType.SYSTEM, cause=cause))
