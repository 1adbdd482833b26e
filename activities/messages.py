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
class RefuseCommand:
    """Keep why a command was refused that nobody waited for.

    With `unless_behind` only if the order still stands as it was refused for.
    """

    vendor_id: int
    command_id: int
    code: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)
    unless_behind: bool = False


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
class SendEmails:
    """Several e-mails about one order, in the order in which they are to arrive."""

    emails: tuple[SendEmail, ...]


@dataclass(frozen=True)
class MessageRef:
    """A message of an order's thread."""

    vendor_id: int
    message_id: int


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
