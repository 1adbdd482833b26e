"""What an order's workflow remembers between its steps."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.messages import OrderRef, PlacementRef
from activities.payment_messages import PaymentRef
from activities.reversal_messages import DisputeState
from domain.capture import CaptureMethod, CapturePlan
from domain.disputes import needs_evidence, outcome_of
from domain.errors import DomainError
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus
from workflows.messages import OrderInput, PaymentNotice


@dataclass(frozen=True)
class Mail:
    """An e-mail to be sent; `key` makes it the only one of its kind, `about` is whose content it repeats.

    `answer_due`: somebody waits for the answer to what brings it about.
    """

    kind: str
    key: str
    about: str | None = None
    answer_due: bool = False


@dataclass
class Authorization:
    """An amount that a bank holds for the order; `plan` is absent where Stripe names no end of it."""

    plan: CapturePlan | None
    attempts: int = 0
    warned: bool = False
    settled: bool = False


@dataclass
class OrderState:
    """One order as its workflow knows it; the stored order follows it step by step."""

    input: OrderInput
    payment_deadline: datetime
    status: OrderStatus = OrderStatus.PENDING
    payment_status: PaymentStatus = PaymentStatus.PENDING
    order_id: int = 0
    total_amount: Decimal = Decimal(0)
    currency: str = ""
    sequence: int = 0
    place_asked: bool = False
    placed: bool = False
    refusal: DomainError | None = None
    payment_reference: str | None = None
    bank_deadline: datetime | None = None
    authorization: Authorization | None = None
    declined_charges: set[str] = field(default_factory=set)
    refund_count: int = 0
    refunds: deque[str] = field(default_factory=deque)
    settled_refunds: list[str] = field(default_factory=list)
    refund_retry_requested: bool = False
    reversals: deque[PaymentNotice] = field(default_factory=deque)
    outside_refunds: dict[str, str] = field(default_factory=dict)
    disputes: dict[str, DisputeState] = field(default_factory=dict)
    stop_requested: bool = False
    failure: FailureError | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    outbox: deque[Mail] = field(default_factory=deque)
    notices: deque[PaymentNotice] = field(default_factory=deque)
    deadline: datetime | None = None
    published: tuple[OrderStatus, PaymentStatus, datetime | None, bool] | None = None
    waiting_for: str = "the order to be placed"
    last_error: str | None = None
    attention: str | None = None
    findings: list[str] = field(default_factory=list)
    findings_since: datetime | None = None
    since: tuple[OrderStatus, datetime] | None = None
    bank_since: datetime | None = None
    completed: bool = False
    extension: tuple[OrderStatus, datetime] | None = None
    stock_released: bool = False
    refund_failed_since: datetime | None = None
    refunds_since: dict[str, datetime] = field(default_factory=dict)
    sent_refunds: set[str] = field(default_factory=set)

    @property
    def payment_method(self) -> PaymentMethod:
        return PaymentMethod(self.input.payment_method)

    @property
    def placement(self) -> PlacementRef:
        return PlacementRef(self.input.vendor_id, self.input.placement_id, self.input.order_number)

    @property
    def next_event(self) -> OrderRef:
        """The order, with the number of the event that comes next."""
        return OrderRef(
            self.input.vendor_id, self.order_id, self.input.order_number, sequence=self.sequence + 1
        )

    @property
    def payment(self) -> PaymentRef:
        return PaymentRef(
            self.input.vendor_id,
            self.order_id,
            self.input.order_number,
            self.payment_reference,
            self.total_amount,
            self.currency,
            capture_later=self.capture_later,
        )

    @property
    def capture_later(self) -> bool:
        """Whether paying only authorises the amount, which is captured when the order ships."""
        return self.input.policy.capture_method == CaptureMethod.ON_SHIPMENT

    @property
    def is_authorized(self) -> bool:
        """Whether a bank holds the amount and nobody has taken it yet."""
        return self.authorization is not None and not self.is_paid and self.status != OrderStatus.CANCELLED

    @property
    def is_paid(self) -> bool:
        """Whether money was received, wherever it is now."""
        return self.payment_status in (
            PaymentStatus.PAID,
            PaymentStatus.PARTIALLY_REFUNDED,
            PaymentStatus.REFUNDED,
        )

    @property
    def open_disputes(self) -> list[DisputeState]:
        """What banks have not decided yet."""
        return [dispute for dispute in self.disputes.values() if outcome_of(dispute.status) is None]

    @property
    def extended_until(self) -> datetime | None:
        """What an operator put the deadline of the present status off to."""
        status, until = self.extension or (None, None)
        return until if status == self.status else None

    @property
    def attention_since(self) -> datetime | None:
        """Since when an operator has to act: on a refund that failed, or on what reconciliation found."""
        moments = (self.refund_failed_since, self.findings_since)
        return min((moment for moment in moments if moment is not None), default=None)

    @property
    def concerns(self) -> list[str]:
        """Why the order needs a human: what went wrong, or does not fit, and evidence a bank waits for."""
        waiting = [dispute for dispute in self.open_disputes if needs_evidence(dispute.status)]
        return [
            *([] if self.attention is None else [self.attention]),
            *([f"reconciliation found {', '.join(self.findings)}"] if self.findings else []),
            *(f"the bank waits for evidence about the dispute {_until(dispute)}" for dispute in waiting),
        ]

    def mail(self, kind: str, key: str | None = None, *, answer_due: bool = False) -> None:
        """Have an e-mail sent beside the main line. An update that has it sent is always waited for."""
        asked = workflow.current_update_info() is not None
        self.outbox.append(Mail(kind, key or kind, answer_due=answer_due or asked))


def _until(dispute: DisputeState) -> str:
    due_by = dispute.evidence_due_by
    return dispute.reference if due_by is None else f"{dispute.reference} until {due_by:%Y-%m-%d %H:%M} UTC"
