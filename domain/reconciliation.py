"""Reconciliation: what an order, Stripe, the workflows and the stock should say of each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.capture import REQUIRES_CAPTURE
from domain.findings import Code, Finding, Repair
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus, RefundStatus
from domain.refunds import RefundRow, payment_status_after, refunded_amount

_NOTHING = Decimal("0.00")
UNPAID = (PaymentStatus.PENDING, PaymentStatus.FAILED)
# https://docs.stripe.com/payments/paymentintents/lifecycle
SUCCEEDED = "succeeded"
CANCELED = "canceled"
# An order may be unpaid in these while a bank holds its amount; it is paid before it ships.
_AUTHORIZED = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING)
_NOTHING_TO_CAPTURE = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.CANCELLED)


class WorkflowState(StrEnum):
    """How Temporal knows a workflow id: by its newest run."""

    RUNNING = "running"
    ENDED = "ended"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A PaymentIntent at Stripe; `charge` is its newest charge."""

    status: str
    amount_received: Decimal
    charge: str | None = None
    decline_code: str | None = None


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A refund, stored or at Stripe; `sent_as` is the key that its newest attempt goes by at Stripe."""

    sent_as: str | None
    reference: str | None
    amount: Decimal
    status: RefundStatus


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """All that is known of one order.

    `payment` is absent where Stripe has no such PaymentIntent, and where none was asked for. `after_sale` is
    the workflow that takes up ended orders, `idle_long` whether the order has not changed for long.
    `declined_charges` are the declines that were booked.
    """

    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod
    completed: bool
    paid_amount: Decimal
    refunded_amount: Decimal
    refund_pending_amount: Decimal
    payment_reference: str | None
    stored_reference: str | None
    last_event: int
    number_of_events: int
    refunds: tuple[RefundFacts, ...]
    declined_charges: frozenset[str]
    payment: PaymentFacts | None
    stripe_refunds: tuple[RefundFacts, ...]
    workflow: WorkflowState
    after_sale: WorkflowState
    idle_long: bool

    @property
    def is_stripe(self) -> bool:
        return self.payment_method == PaymentMethod.STRIPE and self.payment_reference is not None

    @property
    def is_watched(self) -> bool:
        """Whether a workflow is there that follows what becomes of the order."""
        return WorkflowState.RUNNING in (self.workflow, self.after_sale)

    @property
    def is_over(self) -> bool:
        """Whether the order's own workflow has nothing left to do but refunds."""
        return self.status == OrderStatus.CANCELLED or self.completed


def compare_order(facts: OrderFacts) -> list[Finding]:
    """What is wrong with an order, each code at most once."""
    rules = (_records, _workflow, _payment, _refunds)
    found: dict[Code, Finding] = {}
    for rule in rules:
        for finding in rule(facts):
            found.setdefault(finding.code, finding)
    return list(found.values())


def derived_payment_status(paid: Decimal, refunds: tuple[RefundFacts, ...]) -> PaymentStatus:
    """The status of a payment that was received, from the refund rows."""
    return payment_status_after(paid, [RefundRow(row.amount, row.status) for row in refunds])


def _records(facts: OrderFacts) -> Iterator[Finding]:
    if facts.last_event != facts.number_of_events:
        reason = f"{facts.number_of_events} events are there and the last has number {facts.last_event}"
        yield Finding(Code.EVENTS_NOT_NUMBERED, reason)
    refunded = refunded_amount(RefundRow(row.amount, row.status) for row in facts.refunds)
    pending = _sum(facts.refunds, RefundStatus.PENDING)
    wrong = []
    if facts.refunded_amount != refunded:
        wrong.append(f"refunded_amount is {facts.refunded_amount} and its refunds make {refunded}")
    if facts.refund_pending_amount != pending:
        wrong.append(f"refund_pending_amount is {facts.refund_pending_amount}, its refunds make {pending}")
    if facts.paid_amount > 0:
        derived = derived_payment_status(facts.paid_amount, facts.refunds)
        if facts.payment_status != derived:
            wrong.append(f"payment_status is {facts.payment_status} and its refunds make it {derived}")
    if wrong:
        mendable = refunded + pending <= facts.paid_amount
        yield Finding(Code.TOTALS_NOT_DERIVED, "; ".join(wrong), Repair.DERIVE_TOTALS if mendable else None)


def _workflow(facts: OrderFacts) -> Iterator[Finding]:
    if facts.workflow != WorkflowState.RUNNING and not facts.is_over:
        yield Finding(Code.WORKFLOW_MISSING, f"the order is {facts.status} and no workflow runs for it")
    if facts.is_over and not facts.is_watched and _sum(facts.refunds, RefundStatus.PENDING) > 0:
        yield Finding(
            Code.REFUND_STALLED, "a refund is pending and no workflow sees it through", Repair.TAKE_UP_AGAIN
        )
    settled = all(row.status == RefundStatus.SUCCEEDED for row in facts.refunds)
    if facts.is_over and facts.workflow == WorkflowState.RUNNING and facts.idle_long and settled:
        yield Finding(Code.WORKFLOW_LINGERS, f"the order has long been {facts.status} and its workflow runs")


def _payment(facts: OrderFacts) -> Iterator[Finding]:
    if facts.payment_reference != facts.stored_reference:
        reason = f"the order names {facts.payment_reference}, its payment {facts.stored_reference}"
        yield Finding(Code.PAYMENT_REFERENCE_DIFFERS, reason)
        return
    if not facts.is_stripe:
        return
    if facts.payment is None:
        yield Finding(Code.PAYMENT_NOT_THERE, f"Stripe has no {facts.payment_reference}")
        return
    if facts.paid_amount == 0:
        yield from _unheard_payment(facts, facts.payment)
    elif facts.payment.status != SUCCEEDED:
        reason = f"{facts.paid_amount} are booked and {facts.payment_reference} is {facts.payment.status}"
        yield Finding(Code.PAYMENT_NOT_THERE, reason)
    elif facts.payment.amount_received != facts.paid_amount:
        reason = f"{facts.paid_amount} are booked and Stripe received {facts.payment.amount_received}"
        yield Finding(Code.PAYMENT_AMOUNT_DIFFERS, reason)


def _unheard_payment(facts: OrderFacts, payment: PaymentFacts) -> Iterator[Finding]:
    reason = f"{facts.payment_reference} is {payment.status} and the order has not heard of it"
    if payment.status == REQUIRES_CAPTURE and facts.status in _NOTHING_TO_CAPTURE:
        cancelled = facts.status == OrderStatus.CANCELLED
        yield Finding(
            Code.AUTHORIZATION_LEFT,
            f"{facts.payment_reference} is authorised and the order is {facts.status}",
            Repair.CANCEL_PAYMENT if cancelled else None,
        )
        return
    if facts.status == OrderStatus.CANCELLED:
        if payment.status == SUCCEEDED:
            yield Finding(Code.PAYMENT_UNHEARD, reason, Repair.TAKE_UP_AGAIN)
        return
    declined = payment.status == "requires_payment_method" and payment.decline_code is not None
    unbooked = declined and (payment.charge or "") not in facts.declined_charges
    waits = facts.status == OrderStatus.PENDING and facts.payment_status in UNPAID
    held = facts.status in _AUTHORIZED and facts.payment_status in UNPAID
    decided = payment.status in (SUCCEEDED, CANCELED)
    if (waits and (decided or unbooked or payment.status == REQUIRES_CAPTURE)) or (held and decided):
        heard = facts.workflow == WorkflowState.RUNNING
        yield Finding(Code.PAYMENT_UNHEARD, reason, Repair.TELL_WORKFLOW if heard else None)


def _refunds(facts: OrderFacts) -> Iterator[Finding]:
    left = facts.paid_amount - _sum(facts.refunds, RefundStatus.SUCCEEDED, RefundStatus.PENDING)
    if facts.status == OrderStatus.CANCELLED and left > 0:
        yield Finding(Code.CANCELLED_NOT_REFUNDED, f"{left} of {facts.paid_amount} have not gone back")
    if facts.is_stripe and facts.paid_amount > 0 and facts.payment is not None:
        yield from _refunds_at_stripe(facts)


def _refunds_at_stripe(facts: OrderFacts) -> Iterator[Finding]:
    known: set[str | None] = set()
    for row in facts.refunds:
        there = _counterpart(row, facts.stripe_refunds)
        if there is None:
            if row.status == RefundStatus.SUCCEEDED:
                yield Finding(Code.REFUND_NOT_THERE, f"Stripe has no refund {row.reference or row.sent_as}")
            continue
        known.add(there.reference)
        if there.amount != row.amount:
            reason = f"{there.reference} is over {there.amount} and was booked as {row.amount}"
            yield Finding(Code.REFUND_AMOUNT_DIFFERS, reason)
        if row.status not in (there.status, RefundStatus.FAILED):
            reason = f"{there.reference} is {there.status} and was booked as {row.status}"
            yield Finding(Code.REFUND_UNHEARD, reason, _telling(facts))
    for refund in facts.stripe_refunds:
        # A refund that failed moved no money: an earlier attempt, or somebody's at the dashboard.
        if refund.reference not in known and refund.status != RefundStatus.FAILED:
            reason = f"{refund.reference} over {refund.amount} is no refund of the order's"
            yield Finding(Code.REFUND_UNKNOWN, reason)


def _counterpart(row: RefundFacts, stripe_refunds: tuple[RefundFacts, ...]) -> RefundFacts | None:
    """A stored refund as Stripe has it: by its id, or by its key when we never got to know the id."""
    by_id = (each for each in stripe_refunds if row.reference is not None and each.reference == row.reference)
    by_key = (each for each in stripe_refunds if row.sent_as is not None and each.sent_as == row.sent_as)
    return next(by_id, None) or next(by_key, None)


def _telling(facts: OrderFacts) -> Repair | None:
    """How news of refunds reach whoever follows the order; ended orders are taken up for them."""
    if facts.workflow == WorkflowState.RUNNING:
        return Repair.TELL_WORKFLOW
    return Repair.TAKE_UP_AGAIN if facts.is_over else None


def _sum(refunds: tuple[RefundFacts, ...], *statuses: RefundStatus) -> Decimal:
    return sum((row.amount for row in refunds if row.status in statuses), _NOTHING)
