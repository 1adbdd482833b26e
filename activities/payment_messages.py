"""What the workflows hand to the activities of payments and refunds, and get back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from activities.messages import Actor, OrderRef


@dataclass(frozen=True)
class PaymentRef:
    """A PaymentIntent; `reference` is absent when its creation may or may not have reached Stripe.

    With `spare_processing` it is not cancelled while a bank is paying it; `capture_later` is how it was
    opened.
    """

    vendor_id: int
    order_id: int
    order_number: str
    reference: str | None
    amount: Decimal
    currency: str
    spare_processing: bool = False
    capture_later: bool = False


@dataclass(frozen=True)
class PaymentState:
    """A PaymentIntent as Stripe knows it now; `charge` is its newest charge, declined or not.

    `capture_before` is until when an authorised amount is held, where Stripe says so.
    """

    reference: str
    status: str
    amount_received: Decimal
    charge: str | None = None
    decline_code: str | None = None
    capture_before: datetime | None = None
    cancellation_reason: str | None = None


@dataclass(frozen=True)
class RecordPayment:
    """Book what was received and confirm the order: two events, the first with `order.sequence`."""

    order: OrderRef
    actor: Actor
    state: PaymentState


@dataclass(frozen=True)
class RecordProcessing:
    """Book that a bank has begun to pay, which takes it days."""

    order: OrderRef
    actor: Actor
    state: PaymentState


@dataclass(frozen=True)
class RecordDecline:
    """Book a declined attempt; the customer may try again until the window closes.

    `pay_until` is the end of a new window, where the old one had closed while a bank was paying.
    """

    order: OrderRef
    actor: Actor
    state: PaymentState
    pay_until: datetime | None = None


@dataclass(frozen=True)
class RequestRefund:
    """Note a refund that somebody asked for; how much of what is read from the stored command."""

    order: OrderRef
    actor: Actor
    refund_key: str
    command_id: int


@dataclass(frozen=True)
class RequestedRefund:
    """What is going back under the key."""

    amount: Decimal
    payment_status: str


@dataclass(frozen=True)
class RefundPayment:
    """Send a stored refund to the payment provider."""

    vendor_id: int
    order_id: int
    refund_key: str


@dataclass(frozen=True)
class ReopenRefund:
    """Make a failed refund pending again, to be sent once more."""

    order: OrderRef
    actor: Actor
    refund_key: str


@dataclass(frozen=True)
class RefundState:
    """A refund as the provider knows it: pending, succeeded or failed."""

    reference: str | None
    status: str
    failure_reason: str | None = None


@dataclass(frozen=True)
class RecordRefund:
    """Book how a refund stands."""

    order: OrderRef
    refund_key: str
    state: RefundState


@dataclass(frozen=True)
class RecordedRefund:
    """`changed` is false when the refund was already known to stand so; then no event was written."""

    changed: bool
    payment_status: str


@dataclass(frozen=True)
class BookLatePayment:
    """Book money that arrived for a cancelled order, and its refund in full under `refund_key`."""

    order: OrderRef
    actor: Actor
    state: PaymentState
    refund_key: str
