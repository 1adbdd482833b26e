"""Payment: wait for the money, act on what Stripe says is true now, and give up when the window closes."""

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow

from activities.messages import Actor
from activities.payment_messages import PaymentState, RecordDecline, RecordPayment, RecordProcessing
from domain.capture import REQUIRES_CAPTURE
from domain.lifecycle import ActorType, CancelReason, OrderStatus, PaymentMethod, PaymentStatus
from workflows.cancelling import cancel_order
from workflows.capturing import follow_up, take_in_authorization
from workflows.state import OrderState
from workflows.steps import (
    CANCEL_PAYMENT,
    CHECK_PAYMENT,
    RECORD_DECLINE,
    RECORD_PAYMENT,
    RECORD_PROCESSING,
    call,
    store,
)
from workflows.waiting import announce, happens, is_extended, publish, raise_attention

_UNPAID = (PaymentStatus.PENDING, PaymentStatus.FAILED)


async def collect_payment(order: OrderState) -> None:
    """Return once the order is pending no more: confirmed, or cancelled by somebody or by the window."""
    _announce(order)
    poll = timedelta(seconds=order.input.policy.poll_first)
    while order.status == OrderStatus.PENDING:
        remaining = order.payment_deadline - workflow.now()
        if order.stop_requested:
            await _stop(order)
        elif order.bank_deadline is not None:
            await _wait_for_bank(order)
            poll = timedelta(seconds=order.input.policy.poll_first)
        elif remaining <= timedelta(0):
            await _expire(order)
        elif order.payment_method != PaymentMethod.STRIPE:
            await happens(lambda: _moved(order), within=remaining, name="time for the vendor to confirm")
        else:
            await happens(
                lambda: _moved(order) or bool(order.notices),
                within=min(poll, remaining),
                name="time for the customer to pay"
                if remaining <= poll
                else "ask Stripe, should the webhook be lost",
            )
            poll = min(poll * 2, timedelta(seconds=order.input.policy.poll_most))
            if order.notices or (not _moved(order) and workflow.now() < order.payment_deadline):
                await _ask_stripe(order)


def _announce(order: OrderState) -> None:
    stripe = order.payment_method == PaymentMethod.STRIPE
    announce(order, "the customer to pay" if stripe else "the vendor to confirm", order.payment_deadline)


async def _wait_for_bank(order: OrderState) -> None:
    """Return once a payment that a bank has begun is through, or the order has moved on otherwise.

    The payment window does not end it. Past its own deadline an operator is told, and Stripe still asked.
    """
    policy = order.input.policy
    announce(order, "the bank to finish the payment", order.bank_deadline)
    poll = timedelta(seconds=policy.poll_first)
    while order.bank_deadline is not None and not _moved(order):
        remaining = order.bank_deadline - workflow.now()
        late = remaining <= timedelta(0)
        if late and order.attention is None:
            raise_attention(order, "the bank has not finished the payment in time")
        last = not late and remaining <= poll
        await happens(
            lambda: _moved(order) or bool(order.notices),
            within=remaining if last else poll,
            name="time for the bank to finish the payment" if last else "ask Stripe about the bank's payment",
        )
        poll = min(poll * 2, timedelta(seconds=policy.bank_poll_most))
        if order.notices or not _moved(order):
            await _ask_stripe(order)
    if order.status == OrderStatus.PENDING and not order.stop_requested:
        _announce(order)


def _moved(order: OrderState) -> bool:
    return order.status != OrderStatus.PENDING or order.stop_requested


async def _ask_stripe(order: OrderState) -> None:
    cause = order.notices[-1].event_id if order.notices else "poll"
    order.notices.clear()
    state = await call(CHECK_PAYMENT, order.payment, "ask Stripe for the payment")
    async with order.lock:
        await take_in(order, state, cause)


async def take_in(order: OrderState, state: PaymentState, cause: str) -> None:
    """Act on a PaymentIntent's state; the lock is held. An order that moved on meanwhile is left alone."""
    actor = Actor(ActorType.SYSTEM, cause=cause)
    if order.is_authorized:
        await follow_up(order, state, actor)
        return
    if order.status != OrderStatus.PENDING or order.payment_status not in _UNPAID:
        return
    if state.status == "processing":
        await _take_in_processing(order, actor, state)
        return
    was_processing = _leave_bank(order)
    if state.status == "succeeded":
        given = RecordPayment(order.next_event, actor, state)
        recorded = await store(
            RECORD_PAYMENT, given, f"{state.amount_received:.2f} {order.currency} received"
        )
        order.sequence = recorded.sequence
        order.status = OrderStatus.CONFIRMED
        order.payment_status = PaymentStatus(recorded.payment_status)
        order.mail("order_confirmation")
        order.mail("vendor_new_order")
    elif state.status == REQUIRES_CAPTURE:
        await take_in_authorization(order, state, actor)
    elif state.status == "requires_payment_method" and state.decline_code is not None:
        await _take_in_decline(order, actor, state, was_processing=was_processing)
    elif state.status == "canceled" and workflow.patched("cancelled-at-stripe"):
        # Not by us: then the order would not be pending any more.
        await cancel_order(order, CancelReason.PAYMENT_FAILED, actor, command_id=None)


async def _take_in_processing(order: OrderState, actor: Actor, state: PaymentState) -> None:
    if order.bank_deadline is not None or not workflow.patched("payment-processing"):
        return
    recorded = await store(
        RECORD_PROCESSING, RecordProcessing(order.next_event, actor, state), "the bank has begun to pay"
    )
    order.sequence = recorded.sequence
    order.payment_status = PaymentStatus(recorded.payment_status)
    order.bank_since = workflow.now()
    order.bank_deadline = order.bank_since + timedelta(seconds=order.input.policy.processing_window)


def _leave_bank(order: OrderState) -> bool:
    """Whether a bank had begun to pay; its wait is over, and so is the complaint about it."""
    if order.bank_deadline is None:
        return False
    order.bank_deadline = order.bank_since = None
    order.attention = None
    return True


async def _take_in_decline(
    order: OrderState, actor: Actor, state: PaymentState, *, was_processing: bool
) -> None:
    attempt = state.charge or str(state.decline_code)
    if attempt in order.declined_charges:
        return
    pay_until = None
    if was_processing and order.payment_deadline <= workflow.now():
        # The window closed while the bank was busy, which was no fault of the customer's.
        pay_until = workflow.now() + timedelta(seconds=order.input.policy.payment_window)
        order.payment_deadline = pay_until
    given = RecordDecline(order.next_event, actor, state, pay_until)
    declined = await store(RECORD_DECLINE, given, "payment declined")
    order.declined_charges.add(attempt)
    order.sequence = declined.sequence
    order.payment_status = PaymentStatus(declined.payment_status)
    order.mail("payment_failed", f"payment_failed-{len(order.declined_charges)}")
    publish(order)


async def close_payment(order: OrderState, cause: str, *, spare_processing: bool = False) -> bool:
    """Make sure that an unpaid order cannot be paid any more; the lock is held.

    Stripe is asked first: money that has arrived is booked and the order confirmed. False while a payment
    is under way that can be neither cancelled nor booked yet, or is to be spared because a bank is at it.
    """
    if order.payment_method != PaymentMethod.STRIPE or order.payment_status not in _UNPAID:
        return True
    payment = replace(order.payment, spare_processing=spare_processing)
    state = await call(CANCEL_PAYMENT, payment, "cancel the payment")
    if state.status != "canceled":
        await take_in(order, state, cause)
    return state.status in ("canceled", "succeeded")


async def _expire(order: OrderState) -> None:
    async with order.lock:
        if order.status != OrderStatus.PENDING or is_extended(order):
            return
        if not await close_payment(order, "payment window", spare_processing=True):
            if order.bank_deadline is not None:
                return
            order.payment_deadline = workflow.now() + timedelta(seconds=order.input.policy.poll_most)
            announce(order, "Stripe to finish a payment that is under way", order.payment_deadline)
        elif order.status == OrderStatus.PENDING:
            actor = Actor(ActorType.SYSTEM, cause="payment window")
            await cancel_order(order, CancelReason.EXPIRED, actor, command_id=None)


async def _stop(order: OrderState) -> None:
    order.stop_requested = False
    async with order.lock:
        if order.status == OrderStatus.PENDING and await close_payment(order, "operator"):
            actor = Actor(ActorType.SYSTEM, cause="operator")
            await cancel_order(order, CancelReason.OTHER, actor, command_id=None)
