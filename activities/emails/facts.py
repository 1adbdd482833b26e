"""What an e-mail about an order tells, free of any format."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.capture import CaptureExpiry
from domain.carriers import tracking_url
from domain.lifecycle import PaymentMethod, PaymentStatus


class EmailKind(StrEnum):
    """Every e-mail there is; each has its templates under this name."""

    ORDER_RECEIVED = "order_received"
    ORDER_CONFIRMATION = "order_confirmation"
    PAYMENT_FAILED = "payment_failed"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELIVERED = "order_delivered"
    ORDER_CANCELLED = "order_cancelled"
    REFUND_ISSUED = "refund_issued"
    VENDOR_NEW_ORDER = "vendor_new_order"
    VENDOR_ORDER_CANCELLED = "vendor_order_cancelled"
    VENDOR_CAPTURE_DUE = "vendor_capture_due"
    VENDOR_DISPUTE_OPENED = "vendor_dispute_opened"
    VENDOR_DISPUTE_CLOSED = "vendor_dispute_closed"
    CUSTOMER_MESSAGE = "customer_message"
    VENDOR_MESSAGE = "vendor_message"

    @property
    def to_vendor(self) -> bool:
        """Whether the shop is the reader; otherwise the customer is."""
        return self.startswith("vendor_")

    @property
    def about_dispute(self) -> bool:
        """Whether it tells of one dispute, which its key names: `{kind}:{Stripe's reference}`, and more."""
        return self in {EmailKind.VENDOR_DISPUTE_OPENED, EmailKind.VENDOR_DISPUTE_CLOSED}

    @property
    def about_message(self) -> bool:
        """Whether it quotes one message of the order's thread, which its key names: `{kind}:{id}`."""
        return self in {EmailKind.CUSTOMER_MESSAGE, EmailKind.VENDOR_MESSAGE}


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """The customer; a guest has no account, neither of their own nor one made since."""

    first_name: str
    last_name: str
    email: str
    is_guest: bool = False

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def greeting(self) -> str:
        """The first name if it looks like one, else nothing.

        Who registers may type a web address as a name and somebody else's e-mail address, and would have
        us write to them.
        """
        parts = re.split("[ '\u2019-]", self.first_name)
        return self.first_name if all(map(str.isalpha, parts)) and len(self.first_name) <= 40 else ""


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """The vendor, as its customers know it."""

    name: str
    contact_email: str
    payment_instructions: str = ""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One line of the order; `tax_rate` is in percent."""

    title: str
    sku: str
    quantity: int
    unit_price: Decimal
    total_price: Decimal
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A payment that is contested at the bank; `answer_by` is empty where nobody waits for evidence."""

    amount: Decimal
    reason: str
    status: str
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationFacts:
    """An amount that a bank holds until the order ships; `at_expiry` is what the shop wants otherwise."""

    capture_before: datetime | None
    at_expiry: CaptureExpiry


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order at the moment of writing. Amounts are in `currency`.

    `cancel_refund` is what the cancellation sent back, `refund_amount` the refund that the e-mail is about.
    """

    vendor_id: int
    order_id: int
    order_number: str
    placed_at: datetime
    payment_status: str
    shop: ShopFacts
    customer: PersonFacts
    items: tuple[ItemFacts, ...]
    currency: str
    prices_include_tax: bool
    subtotal: Decimal
    shipping_cost: Decimal
    tax_amount: Decimal
    discount_amount: Decimal
    total_amount: Decimal
    paid_amount: Decimal
    payment_method: str
    pay_until: datetime | None
    shipping_address: tuple[str, ...]
    billing_address: tuple[str, ...]
    customer_notes: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    decline_code: str | None = None
    cancel_reason: str | None = None
    cancel_refund: Decimal = Decimal(0)
    refund_amount: Decimal | None = None
    dispute: DisputeFacts | None = None
    authorization: AuthorizationFacts | None = None
    message: str | None = None

    @property
    def is_authorized(self) -> bool:
        """Whether a bank holds the amount and nobody has taken it yet."""
        return (
            self.authorization is not None
            and not self.paid_by_hand
            and self.paid_amount == 0
            and self.payment_status != PaymentStatus.VOIDED
        )

    @property
    def paid_by_hand(self) -> bool:
        """Whether customer and shop settle the payment between themselves."""
        return self.payment_method == PaymentMethod.MANUAL

    @property
    def tracking_url(self) -> str | None:
        """Where the parcel can be followed, for a carrier that is known."""
        if self.carrier is None or self.tracking_number is None:
            return None
        return tracking_url(self.carrier, self.tracking_number)


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """An e-mail ready to be sent; text and HTML say the same."""

    subject: str
    text: str
    html: str
