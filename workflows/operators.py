"""What operators ask of an order through the Temporal UI: checked, done under its lock, written down."""

from datetime import datetime
from typing import TypeAlias

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.emails.facts import EmailKind
from activities.operator_messages import ExtendDeadline, ForceRefund, OperatorNote, ResendEmail
from domain.errors import OperatorRequestInvalid, OrderClosed, RefundExceedsRemaining, TransitionNotAllowed
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus
from domain.operators import check_operator, extended_deadline
from domain.waiting import Step as Waited
from domain.waiting import timed_step
from workflows import steps
from workflows.operator_messages import (
    DeadlineExtension,
    EmailRepeat,
    ForcedRefund,
    OperatorActed,
    StepRetry,
    StockRelease,
)
from workflows.refunding import check_refundable, next_refund_key, take_refund_key
from workflows.refusals import refusal_of
from workflows.state import Mail, OrderState
from workflows.steps import Answer, Given, Step, store
from workflows.under_way import StepsUnderWay
from workflows.waiting import announce, publish

Request: TypeAlias = StepRetry | DeadlineExtension | EmailRepeat | ForcedRefund | StockRelease

_HOLDING = (OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PROCESSING)


def check(order: OrderState | None, under_way: StepsUnderWay, request: Request) -> None:
    """Raise why a request is refused: who asks and why first, then the order, as far as it is known."""
    check_operator(request.operator, request.reason)
    if isinstance(request, EmailRepeat) and request.kind not in set(EmailKind):
        raise OperatorRequestInvalid(f"`kind` is one of: {', '.join(EmailKind)}.", field="kind")
    if order is None:
        return
    if isinstance(request, StepRetry):
        _check_retry(order, under_way, request)
    elif not order.placed:
        raise OrderClosed("The order is not placed.")
    elif isinstance(request, DeadlineExtension):
        _new_deadline(order, request)
    elif isinstance(request, ForcedRefund):
        _check_forced_refund(order)
    elif isinstance(request, StockRelease):
        _check_release(order)


async def retry_step(order: OrderState, under_way: StepsUnderWay, request: StepRetry) -> OperatorActed:
    """Try what backs off now, and send a refund that failed again.

    The event waits for the order's lock, which the step may hold, and so does the answer.
    """
    _check_retry(order, under_way, request)
    tried = under_way.try_now(request.step)
    if _retries_refund(order, request):
        order.refund_retry_requested = True
        tried.append(steps.REFUND_PAYMENT.name)
    await workflow.wait_condition(lambda: order.placed or order.refusal is not None)
    if not order.placed:
        return OperatorActed(f"tried {', '.join(tried)}", None)
    async with order.lock:
        note = _note(order, request, steps=tried)
        await store(steps.NOTE_RETRY, note, f"tried {', '.join(tried)}")
        return _acted(order, f"tried {', '.join(tried)}")


async def extend_deadline(order: OrderState, request: DeadlineExtension) -> OperatorActed:
    """Put off the deadline of what the order waits for."""
    async with order.lock:
        step, until = _new_deadline(order, request)
        given = ExtendDeadline(_note(order, request), step, until)
        await store(steps.EXTEND_DEADLINE, given, f"{step} until {until:%Y-%m-%d %H:%M} UTC")
        if step == Waited.BANK:
            order.bank_deadline = until
        else:
            order.extension = order.status, until
            if order.status == OrderStatus.PENDING:
                order.payment_deadline = until
        if order.refund_failed_since is None:
            order.attention = None
        announce(order, order.waiting_for, until)
        return _acted(order, f"{step} until {until:%Y-%m-%d %H:%M:%S} UTC")


async def resend_email(order: OrderState, request: EmailRepeat) -> OperatorActed:
    """Send an e-mail that was sent before once more, under a key of its own."""
    async with order.lock:
        given = ResendEmail(_note(order, request), request.kind)
        found = await _stored(steps.RESEND_EMAIL, given, f"{request.kind} again")
        order.outbox.append(Mail(request.kind, found.email_key, found.about, answer_due=True))
        return _acted(order, f"sending {found.email_key}")


async def force_refund(order: OrderState, request: ForcedRefund) -> OperatorActed:
    """Note a refund that an operator answers for; it is then seen through like any other."""
    async with order.lock:
        _check_forced_refund(order)
        key = next_refund_key(order)
        given = ForceRefund(_note(order, request), key, request.amount)
        noted = await _stored(steps.FORCE_REFUND, given, f"note {key}")
        acted = _acted(order, f"refunding {noted.amount:.2f} {order.currency} as {key}")
        order.sequence += 1
        take_refund_key(order)
        return acted


async def release_stock(order: OrderState, request: StockRelease) -> OperatorActed:
    """Give back what the order holds; shipping it then takes the pieces off the shelf anew."""
    async with order.lock:
        _check_release(order)
        released = await _stored(steps.RELEASE_STOCK, _note(order, request), "give the stock back")
        order.stock_released = True
        return _acted(order, f"{released.pieces} pieces given back")


def _retries_refund(order: OrderState, request: StepRetry) -> bool:
    return order.refund_failed_since is not None and request.step in (None, steps.REFUND_PAYMENT.name)


def _check_retry(order: OrderState, under_way: StepsUnderWay, request: StepRetry) -> None:
    if not under_way.named(request.step) and not _retries_refund(order, request):
        what = "step" if request.step is None else "such step"
        raise TransitionNotAllowed(
            f"No {what} of this order waits to be tried again.", steps=under_way.named(None)
        )


def _new_deadline(order: OrderState, request: DeadlineExtension) -> tuple[Waited, datetime]:
    present, step = _deadline(order)
    if present is None or step is None:
        raise TransitionNotAllowed("This order waits for no deadline.", status=str(order.status))
    until = extended_deadline(present, workflow.now(), seconds=request.seconds, until=request.until)
    return step, until


def _deadline(order: OrderState) -> tuple[datetime | None, Waited | None]:
    if order.status == OrderStatus.PENDING:
        if order.bank_deadline is not None:
            return order.bank_deadline, Waited.BANK
        by_card = order.payment_method == PaymentMethod.STRIPE
        return order.payment_deadline, Waited.PAYMENT if by_card else Waited.CONFIRMATION
    if order.status == OrderStatus.CANCELLED or order.completed:
        return None, None
    return order.extended_until or order.deadline, timed_step(order.status)


def _check_forced_refund(order: OrderState) -> None:
    if order.payment_status == PaymentStatus.REFUNDED:
        raise RefundExceedsRemaining("Nothing is left to refund.", refundable_amount="0.00")
    check_refundable(order)
    if order.refund_failed_since is not None:
        raise TransitionNotAllowed("A refund of this order failed: send `retry_step` instead.")


def _check_release(order: OrderState) -> None:
    if order.status not in _HOLDING:
        raise TransitionNotAllowed(
            f"An order that is {order.status} holds no stock.", status=str(order.status)
        )
    if order.stock_released:
        raise TransitionNotAllowed("This order holds no stock any more.", status=str(order.status))


def _note(order: OrderState, request: Request, **data: str | list[str]) -> OperatorNote:
    return OperatorNote(order.next_event, request.operator, request.reason, dict(data))


def _acted(order: OrderState, done: str) -> OperatorActed:
    order.sequence += 1
    publish(order)
    return OperatorActed(done, order.sequence)


async def _stored(step: Step[Given, Answer], given: Given, summary: str) -> Answer:
    try:
        return await store(step, given, summary)
    except FailureError as error:
        raise refusal_of(error) or error from None
