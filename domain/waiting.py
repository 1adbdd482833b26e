"""What an order waits for: which step, who has to act, since when and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.lifecycle import OrderStatus, PaymentMethod


class Step(StrEnum):
    """What comes next in an order's life."""

    PAYMENT = "payment"
    BANK = "bank"
    CONFIRMATION = "confirmation"
    PROCESSING = "processing"
    SHIPPING = "shipping"
    DELIVERY = "delivery"
    RETURN_WINDOW = "return_window"
    REFUND = "refund"
    DISPUTE = "dispute"
    OPERATOR = "operator"


class Party(StrEnum):
    """Who has to act."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    CARRIER = "carrier"
    BANK = "bank"
    STRIPE = "stripe"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Wait:
    """What an order waits for; `until` is when the wait ends or is complained about, if that is known."""

    step: Step
    party: Party
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenRefund:
    """Money that was promised back and is on its way; `sent` tells whether Stripe has it."""

    since: datetime
    sent: bool


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A dispute that no bank has decided; `needs_evidence` until the vendor has answered."""

    since: datetime
    needs_evidence: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitFacts:
    """An order as far as it decides what is waited for.

    `since` and `until` belong to the present status. `bank_since` is set while a bank is at the payment.
    `attention_since` is set while an operator has to act: a refund that failed, or an open finding.
    """

    status: OrderStatus
    payment_method: PaymentMethod
    since: datetime
    until: datetime | None = None
    completed: bool = False
    payment_opened: bool = True
    bank_since: datetime | None = None
    bank_until: datetime | None = None
    attention_since: datetime | None = None
    refunds: Sequence[OpenRefund] = ()
    disputes: Sequence[OpenDispute] = ()


@dataclass(frozen=True, slots=True)
class Windows:
    """How long an order waits in its statuses, in seconds; an unpaid one has its deadline stored."""

    fulfilment: int
    delivery: int
    returns: int
    bank: int


_FULFILMENT = {
    OrderStatus.CONFIRMED: (Step.PROCESSING, Party.VENDOR),
    OrderStatus.PROCESSING: (Step.SHIPPING, Party.VENDOR),
    OrderStatus.SHIPPED: (Step.DELIVERY, Party.CARRIER),
}


def timed_step(status: OrderStatus) -> Step | None:
    """What is waited for in a status that has a window of its own: after the payment, until the end."""
    if status == OrderStatus.DELIVERED:
        return Step.RETURN_WINDOW
    return _FULFILMENT[status][0] if status in _FULFILMENT else None


def waiting_for(facts: WaitFacts) -> Wait | None:
    """What the order waits for; None once it is over and nothing of its money is under way.

    Of several things at once it is the one that has to be seen first: what an operator has to mend, then a
    dispute, then the order's next status, then a refund, and the return window last.
    """
    if facts.attention_since is not None:
        return Wait(Step.OPERATOR, Party.OPERATOR, facts.attention_since)
    if facts.disputes:
        return _dispute(facts.disputes)
    return _next_status(facts) or _afterwards(facts)


def _next_status(facts: WaitFacts) -> Wait | None:
    if facts.status == OrderStatus.PENDING:
        return _payment(facts)
    if facts.status in _FULFILMENT:
        step, party = _FULFILMENT[facts.status]
        return Wait(step, party, facts.since, facts.until)
    return None


def _afterwards(facts: WaitFacts) -> Wait | None:
    if facts.refunds:
        first = min(facts.refunds, key=lambda refund: refund.since)
        return Wait(Step.REFUND, Party.BANK if first.sent else Party.STRIPE, first.since)
    if facts.status == OrderStatus.DELIVERED and not facts.completed:
        return Wait(Step.RETURN_WINDOW, Party.CUSTOMER, facts.since, facts.until)
    return None


def _dispute(disputes: Sequence[OpenDispute]) -> Wait:
    """Evidence that is due comes before a verdict, the earliest deadline first."""
    due = [dispute for dispute in disputes if dispute.needs_evidence]
    if not due:
        return Wait(Step.DISPUTE, Party.BANK, min(dispute.since for dispute in disputes))
    first = min(due, key=lambda dispute: (dispute.until is None, dispute.until or dispute.since))
    return Wait(Step.DISPUTE, Party.VENDOR, first.since, first.until)


def _payment(facts: WaitFacts) -> Wait:
    if facts.payment_method == PaymentMethod.MANUAL:
        return Wait(Step.CONFIRMATION, Party.VENDOR, facts.since, facts.until)
    if facts.bank_since is not None:
        return Wait(Step.BANK, Party.BANK, facts.bank_since, facts.bank_until)
    party = Party.CUSTOMER if facts.payment_opened else Party.STRIPE
    return Wait(Step.PAYMENT, party, facts.since, facts.until)


def deadline(
    status: OrderStatus,
    since: datetime,
    windows: Windows,
    *,
    payment_expires_at: datetime | None = None,
    extended_until: datetime | None = None,
) -> datetime | None:
    """When the wait in a status that began `since` ends; what an operator extended it to comes first."""
    if status == OrderStatus.PENDING:
        return payment_expires_at
    seconds = {
        OrderStatus.CONFIRMED: windows.fulfilment,
        OrderStatus.PROCESSING: windows.fulfilment,
        OrderStatus.SHIPPED: windows.delivery,
        OrderStatus.DELIVERED: windows.returns,
    }.get(status)
    if seconds is None:
        return None
    return extended_until or since + timedelta(seconds=seconds)
