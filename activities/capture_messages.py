"""What the workflows hand over and get back about authorised amounts and their capture."""

from dataclasses import dataclass
from decimal import Decimal

from activities.messages import Actor, OrderRef
from activities.payment_messages import PaymentRef, PaymentState


@dataclass(frozen=True)
class CapturePayment:
    """Take `amount` of what is authorised, once for each `capture_key`; Stripe releases the rest."""

    payment: PaymentRef
    amount: Decimal
    capture_key: str


@dataclass(frozen=True)
class RecordAuthorization:
    """Book what was authorised and confirm the order: two events, the first with `order.sequence`.

    `at_expiry` is what the shop wants to happen when the bank is about to let go of the amount.
    """

    order: OrderRef
    actor: Actor
    state: PaymentState
    at_expiry: str


@dataclass(frozen=True)
class RecordCapture:
    """Book what was captured; the order's status stays."""

    order: OrderRef
    actor: Actor
    state: PaymentState
