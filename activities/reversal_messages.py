"""What the workflows hand over and get back about money that leaves a payment again: refunds, disputes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from activities.messages import Actor, OrderRef


@dataclass(frozen=True)
class ListedRefund:
    """A refund as Stripe lists it; `refund_key` is on those that we made."""

    reference: str
    amount: Decimal
    status: str
    refund_key: str | None = None
    failure_reason: str | None = None


@dataclass(frozen=True)
class DisputeState:
    """A dispute as Stripe knows it now; `status` is Stripe's own."""

    reference: str
    amount: Decimal
    currency: str
    reason: str
    status: str
    opened_at: datetime
    evidence_due_by: datetime | None = None


@dataclass(frozen=True)
class Reversals:
    """Everything that left a payment again or may, oldest first."""

    refunds: list[ListedRefund]
    disputes: list[DisputeState]


@dataclass(frozen=True)
class RecordOutsideRefund:
    """Book a refund that somebody made at Stripe, or how it stands now."""

    order: OrderRef
    actor: Actor
    refund: ListedRefund


@dataclass(frozen=True)
class RecordDispute:
    """Book how a dispute stands.

    A cancelled order whose dispute is won gets a pending refund of the rest under `refund_key`: its money was
    to go back, and the dispute kept it from that.
    """

    order: OrderRef
    actor: Actor
    dispute: DisputeState
    refund_key: str


@dataclass(frozen=True)
class RecordedReversal:
    """`sequence` is the last event of the order; `changed` is false when everything was known already."""

    changed: bool
    sequence: int
    payment_status: str
    refund_noted: bool = False
