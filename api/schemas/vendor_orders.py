"""Orders as a vendor's people see and move them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from api.amounts import Amount
from api.schemas.base import AnswerModel, Notes, OptionalLine, RequestModel
from api.schemas.messages import MessageAnswer, present_messages
from api.schemas.notes import NoteAnswer
from api.schemas.orders import (
    OrderAnswer,
    RefundAnswer,
    StatusEventAnswer,
    order_facts,
    present_status_event,
    shown_capture_before,
    shown_status,
)
from api.schemas.vendor_products import Flag
from api.schemas.waiting import WaitAnswer
from db.queries.messages import ThreadMessage
from db.queries.notes import Note
from db.queries.order_lists import VendorOrder
from db.queries.orders import OrderHistory
from db.tables import Dispute, Payment
from domain.carriers import check_tracking_number
from domain.errors import TrackingNumberInvalid
from domain.lifecycle import ActorType, CancelReason, OrderStatus


def _check_tracking_number(number: str) -> str:
    if not number:
        return number
    try:
        check_tracking_number(number)
    except TrackingNumberInvalid as refusal:
        raise ValueError(refusal.message) from None
    return number


TrackingNumber = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(_check_tracking_number)
]


class StatusRequest(RequestModel):
    """The status an order is to have; carrier and tracking number come with `shipped`."""

    status: OrderStatus
    tracking_number: TrackingNumber | None = None
    carrier: Annotated[OptionalLine, Field(max_length=100)] | None = None
    notes: Notes | None = Field(default=None, description="Kept in the order's history.")

    def body(self) -> dict[str, str | None]:
        """What is kept of the request; empty text is none, and only shipping has a carrier.

        Pages send the known tracking number along with every change.
        """
        shipped = self.status == OrderStatus.SHIPPED
        return {
            "status": str(self.status),
            "tracking_number": (self.tracking_number or None) if shipped else None,
            "carrier": (self.carrier or None) if shipped else None,
            "notes": self.notes or None,
        }


class CancellationRequest(RequestModel):
    """Why a vendor cancels, what becomes of the pieces, and whether the customer is told."""

    reason: Literal[CancelReason.VENDOR, CancelReason.OUT_OF_STOCK, CancelReason.FRAUD, CancelReason.OTHER]
    restock: Flag = Field(
        default=True, description="Put the pieces back on the shelf; otherwise they are written off."
    )
    notify_customer: Flag = Field(
        default=True,
        description="Send the e-mail about the cancellation; a refund is mailed anyway.",
    )
    notes: Notes | None = Field(default=None, description="Kept in the order's history.")

    def body(self) -> dict[str, Any]:
        """What is kept of the request; `reason` in a customer's is free text, so here it has another name."""
        return {
            "cancel_reason": str(self.reason),
            "restock": self.restock,
            "notify_customer": self.notify_customer,
            "notes": self.notes or None,
        }


class OrderCustomer(AnswerModel):
    """Who ordered."""

    id: int
    first_name: str
    last_name: str
    email: str


class VendorOrderAnswer(OrderAnswer):
    """An order with its customer; `next_statuses` is what the vendor may set next."""

    customer: OrderCustomer


class DisputeAnswer(AnswerModel):
    """A payment that is contested at the bank.

    `status` is Stripe's (https://docs.stripe.com/api/disputes/object#dispute_object-status), `outcome` is won
    or lost once the bank has decided. While one is open or lost, its amount cannot be refunded.
    """

    id: int
    reference: str = Field(validation_alias="provider_reference")
    amount: Amount
    currency: str
    reason: str
    status: str
    evidence_due_by: datetime | None
    outcome: str | None
    opened_at: datetime
    closed_at: datetime | None


class VendorPaymentAnswer(AnswerModel):
    """How an order is paid.

    `status` is that of Stripe's PaymentIntent, or `authorized` while the bank holds the amount until the
    order ships; `capture_before` is until when it does.
    """

    provider: str
    status: str | None
    capture_before: datetime | None


class VendorOrderDetail(VendorOrderAnswer):
    """An order with its history, messages, notes, refunds and disputes, oldest first, and what it waits for.

    `payment` is there once there is one.
    """

    payment: VendorPaymentAnswer | None

    status_history: list[StatusEventAnswer]
    messages: list[MessageAnswer]
    notes: list[NoteAnswer]
    refunds: list[RefundAnswer]
    disputes: list[DisputeAnswer]
    waiting_for: WaitAnswer | None = Field(description="Null once the order is over.")


def present_vendor_order(stored: VendorOrder) -> VendorOrderAnswer:
    """An order as its vendor sees it."""
    facts = order_facts(stored.order, stored.items, actor=ActorType.VENDOR)
    return VendorOrderAnswer(**facts, customer=OrderCustomer.model_validate(stored.customer))


def present_vendor_detail(
    stored: VendorOrder,
    history: OrderHistory,
    thread: Sequence[ThreadMessage],
    notes: Sequence[Note],
    disputes: Sequence[Dispute],
    payment: Payment | None,
    wait: WaitAnswer | None,
) -> VendorOrderDetail:
    """An order with its history as its vendor sees it."""
    return VendorOrderDetail(
        **dict(present_vendor_order(stored)),
        payment=None if payment is None else _present_payment(payment),
        status_history=[present_status_event(event) for event in history.status_events],
        messages=present_messages(thread, reader=ActorType.VENDOR),
        notes=[NoteAnswer.model_validate(note) for note in notes],
        refunds=[RefundAnswer.model_validate(refund) for refund in history.refunds],
        disputes=[DisputeAnswer.model_validate(dispute) for dispute in disputes],
        waiting_for=wait,
    )


def _present_payment(payment: Payment) -> VendorPaymentAnswer:
    return VendorPaymentAnswer(
        provider=payment.provider,
        status=shown_status(payment),
        capture_before=shown_capture_before(payment),
    )
