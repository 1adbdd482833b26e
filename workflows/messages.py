"""What starts an order's workflow and what can be sent to it: ids, amounts and codes, never personal data."""

from dataclasses import dataclass
from decimal import Decimal

from activities.messages import Actor
from domain.capture import CaptureExpiry, CaptureMethod

__all__ = [
    "AFTER_SALE_WORKFLOW",
    "ATTENTION",
    "CANCEL",
    "CATCHING_UP",
    "CHANGE_STATUS",
    "CHANGE_STATUS_LATER",
    "ORDER_WORKFLOW",
    "PAYMENT_CHANGED",
    "PAYMENT_REVERSED",
    "PLACE",
    "REFUND",
    "Actor",
    "AfterSale",
    "Attention",
    "Cancellation",
    "OrderInput",
    "OrderMoved",
    "OrderPolicy",
    "OrderResult",
    "PaymentNotice",
    "Placed",
    "RefundRequest",
    "RefundRequested",
    "StatusChange",
    "after_sale_id",
]

ORDER_WORKFLOW = "OrderWorkflow"
AFTER_SALE_WORKFLOW = "AfterSaleWorkflow"
PLACE = "place"
CHANGE_STATUS = "change_status"
CHANGE_STATUS_LATER = "change_status_later"
CANCEL = "cancel"
PAYMENT_CHANGED = "payment_changed"
PAYMENT_REVERSED = "payment_reversed"
REFUND = "refund"
ATTENTION = "attention"

# How long a workflow may need to know what its last step has stored: the pauses, in seconds, after which it
# is asked again where it refuses for a status of before.
CATCHING_UP = (0.1, 0.2, 0.4, 0.8, 1.6)


@dataclass(frozen=True)
class OrderPolicy:
    """How long an order waits for whom, in seconds, and when it is paid.

    `processing_window` is what banks get for a payment that they have begun: a SEPA debit takes up to 14 days
    (https://docs.stripe.com/payments/sepa-debit). `bank_poll_most` is the longest wait between two questions
    about what takes a bank days.

    `mails_together` has the e-mails of one moment sent by one step, and `mails_at_once` has them tried within
    the workflow task that they are due in, where nobody waits for its end; orders of before do not know them,
    and the API says them only once all workers do.

    `capture_notice` is how long before the bank lets go of an authorised amount the shop is warned, and
    `capture_margin` how long before that it is captured or cancelled, as `capture_expiry` says.
    """

    payment_window: int = 1_800
    fulfilment_window: int = 1_209_600
    delivery_window: int = 2_592_000
    return_window: int = 2_592_000
    poll_first: float = 60.0
    poll_most: float = 900.0
    processing_window: int = 1_209_600
    bank_poll_most: float = 21_600.0
    capture_method: str = CaptureMethod.AUTOMATIC
    capture_expiry: str = CaptureExpiry.CANCEL
    capture_notice: float = 86_400.0
    capture_margin: float = 3_600.0
    mails_together: bool = False
    mails_at_once: bool = False


@dataclass(frozen=True)
class OrderInput:
    """A claimed placement and the policy it was made under; `total_amount` is the quoted total."""

    vendor_id: int
    vendor_code: str
    placement_id: int
    order_number: str
    customer_id: int
    payment_method: str
    total_amount: Decimal
    currency: str
    policy: OrderPolicy


@dataclass(frozen=True)
class OrderResult:
    """How an order ended; `code` is the reason of a refusal or cancellation."""

    outcome: str
    status: str
    payment_status: str
    code: str | None = None


@dataclass(frozen=True)
class Placed:
    """The order is stored and its stock held; `payment_opened` is false only for manual payment."""

    order_id: int
    payment_opened: bool


@dataclass(frozen=True)
class StatusChange:
    """Move the order to `status`; `command_id` names the stored request with its notes."""

    status: str
    actor: Actor
    command_id: int | None = None


@dataclass(frozen=True)
class Cancellation:
    """Cancel the order for `reason`, one of the domain's cancel reasons.

    Without `restock` the pieces are written off; without `notify_customer` no e-mail tells of the
    cancellation, while one about the refund still goes out.
    """

    reason: str
    actor: Actor
    command_id: int | None = None
    restock: bool = True
    notify_customer: bool = True


@dataclass(frozen=True)
class OrderMoved:
    """How the order stands after an update; `changed` is false when it stood so already."""

    changed: bool
    status: str
    payment_status: str


@dataclass(frozen=True)
class PaymentNotice:
    """Stripe said something about the order's payment; what is true now is asked of Stripe itself."""

    event_id: str
    event_type: str


@dataclass(frozen=True)
class RefundRequest:
    """Refund what the stored command asks for: an amount, pieces, the shipping, or all that is left."""

    actor: Actor
    command_id: int


@dataclass(frozen=True)
class RefundRequested:
    """The refund is noted under `refund_key` and on its way."""

    refund_key: str
    amount: Decimal


@dataclass(frozen=True)
class AfterSale:
    """An order whose workflow has ended, taken up again for a refund or for something that Stripe said."""

    vendor_id: int
    vendor_code: str
    order_number: str


@dataclass(frozen=True)
class Attention:
    """The codes of all that reconciliation found wrong with the order and could not mend; none clears it."""

    codes: list[str]


def after_sale_id(order_number: str) -> str:
    """The workflow that takes up an ended order; there is one for an order at a time."""
    return f"{order_number}-after-sale"
