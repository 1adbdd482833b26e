"""What the workflows hand to activities and get back: ids, amounts and codes, never personal data."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class PlacementRef:
    """The placement a step works for."""

    vendor_id: int
    placement_id: int
    order_number: str


@dataclass(frozen=True)
class CreateOrder:
    """`payment_expires_at` is when an unpaid order is given up."""

    placement: PlacementRef
    sequence: int
    payment_expires_at: datetime


@dataclass(frozen=True)
class CreatedOrder:
    """The stored order, as far as the workflow has to know it."""

    order_id: int
    total_amount: Decimal
    currency: str


@dataclass(frozen=True)
class OpenPayment:
    """Create the PaymentIntent of an order and note it on the order.

    With `capture_later` paying only authorises the amount.
    """

    placement: PlacementRef
    order_id: int
    sequence: int
    amount: Decimal
    currency: str
    capture_later: bool = False


@dataclass(frozen=True)
class OpenedPayment:
    """`reference` is the PaymentIntent's id."""

    reference: str


@dataclass(frozen=True)
class WithdrawPlacement:
    """Undo whatever placing did and keep what the caller is told.

    With `unless_placed` a placement that got through meanwhile stays as it is.
    """

    placement: PlacementRef
    code: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)
    unless_placed: bool = False


@dataclass(frozen=True)
class WithdrawnPlacement:
    """`order_created` tells whether the order existed; `withdrawn` is false when it was placed and stays."""

    order_created: bool
    withdrawn: bool = True


@dataclass(frozen=True)
class OrderRef:
    """The order a step works for, and the number of the event that the step writes."""

    vendor_id: int
    order_id: int
    order_number: str
    sequence: int


@dataclass(frozen=True)
class Actor:
    """Who caused a step; `cause` names the Stripe event or the timer behind it."""

    type: str
    id: int | None = None
    cause: str | None = None


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
class ChangeStatus:
    """Move an order on; carrier, tracking number and notes are read from the stored command.

    With `stock_released` an operator gave its pieces back, so that shipping takes them off the shelf anew.
    """

    order: OrderRef
    actor: Actor
    to_status: str
    command_id: int | None
    stock_released: bool = False


@dataclass(frozen=True)
class ChangedStatus:
    """`sequence` is the last event that the step wrote."""

    sequence: int
    payment_status: str


@dataclass(frozen=True)
class CancelOrder:
    """Cancel an order and give its stock back; a paid one gets a pending refund under `refund_key`.

    Without `restock` the pieces are written off. `notify_customer` is kept in the order's history.
    """

    order: OrderRef
    actor: Actor
    reason: str
    refund_key: str
    command_id: int | None
    restock: bool = True
    notify_customer: bool = True


@dataclass(frozen=True)
class CancelledOrder:
    """`refund_amount` is what has to go back, nought for an order that was not paid."""

    sequence: int
    payment_status: str
    refund_amount: Decimal


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
class RefuseCommand:
    """Keep why a command was refused that nobody waited for."""

    vendor_id: int
    command_id: int
    code: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SendEmail:
    """One e-mail about an order; `email_key` makes it the only one of its kind.

    `about` is the key of an e-mail whose content it has, where an operator had that sent again.
    """

    vendor_id: int
    order_id: int
    order_number: str
    kind: str
    email_key: str
    about: str | None = None


@dataclass(frozen=True)
class LateNotice:
    """Something Stripe said about an order whose workflow has ended."""

    vendor_id: int
    order_number: str


@dataclass(frozen=True)
class OrderSnapshot:
    """An order as stored, for a workflow that takes it up after the first one ended."""

    order_id: int
    sequence: int
    status: str
    payment_status: str
    payment_reference: str | None
    total_amount: Decimal
    currency: str
    paid_amount: Decimal
    payment_method: str
    refund_keys: list[str]


@dataclass(frozen=True)
class BookLatePayment:
    """Book money that arrived for a cancelled order, and its refund in full under `refund_key`."""

    order: OrderRef
    actor: Actor
    state: PaymentState
    refund_key: str
