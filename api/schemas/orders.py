"""Orders as answered to customers and vendors."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from api.amounts import Amount
from api.schemas.addresses import AddressSnapshot
from api.schemas.base import AnswerModel, Notes, RequestModel
from api.schemas.messages import MessageAnswer, present_messages
from db.queries.messages import ThreadMessage
from db.queries.orders import OrderHistory, StoredOrder
from db.tables import Order, OrderEvent, OrderItem, Payment
from domain.capture import REQUIRES_CAPTURE
from domain.carriers import tracking_url
from domain.lifecycle import ActorType, OrderStatus, PaymentMethod, PaymentStatus, next_statuses

AUTHORIZED = "authorized"


class CancelRequest(RequestModel):
    """A customer's wish to cancel, with a reason in their words."""

    reason: Notes | None = None


class OrderItemAnswer(AnswerModel):
    """A line as it was ordered; `tax_rate` is in percent."""

    id: int
    product_id: int
    product_sku: str
    product_title: str
    product_image: str | None
    quantity: int
    unit_price: Amount
    total_price: Amount
    tax_rate: Amount
    tax_amount: Amount


class OrderAnswer(AnswerModel):
    """An order; `next_statuses` is what the caller may set next."""

    id: int
    vendor_id: int
    customer_id: int
    order_number: str
    status: str
    next_statuses: list[str]
    cancel_reason: str | None
    subtotal: Amount
    shipping_cost: Amount
    tax_amount: Amount
    discount_amount: Amount
    total_amount: Amount
    refunded_amount: Amount
    currency: str
    shipping_method: str
    shipping_address: AddressSnapshot
    billing_address: AddressSnapshot
    payment_status: str
    payment_method: str
    payment_reference: str | None
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    customer_notes: str | None
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime
    items: list[OrderItemAnswer]


class StatusEventAnswer(AnswerModel):
    """One change of an order's status, and whose it was."""

    from_status: str | None
    to_status: str
    changed_by_type: str
    changed_by_id: int | None
    notes: str | None
    created_at: datetime


class RefundAnswer(AnswerModel):
    """Money on its way back: pending, succeeded or failed; `shipping_amount` is what of it is shipping."""

    id: int
    order_id: int
    amount: Amount
    shipping_amount: Amount
    currency: str
    reason: str
    status: str
    failure_reason: str | None
    created_at: datetime
    updated_at: datetime


class PaymentAnswer(AnswerModel):
    """How an order is to be paid, and until when; a manual payment needs no secret.

    `status` is that of Stripe's PaymentIntent, empty until there is one. It is `processing` while a bank
    pays, which takes it days: the customer has done their part, and `expires_at` ends nothing meanwhile. It
    is `authorized` while the bank holds the amount until the order ships, at most until `capture_before`;
    then there is nothing left to pay, and neither a secret nor `expires_at`.
    """

    provider: str
    status: str | None
    client_secret: str | None
    publishable_key: str | None
    expires_at: datetime | None
    capture_before: datetime | None


class PlacedOrderAnswer(OrderAnswer):
    """A new order and how to pay it."""

    payment: PaymentAnswer


class CustomerOrderDetail(OrderAnswer):
    """An order with its history and messages; `payment` while the money is awaited or authorised."""

    status_history: list[StatusEventAnswer]
    messages: list[MessageAnswer]
    refunds: list[RefundAnswer]
    payment: PaymentAnswer | None


class PlacementAnswer(AnswerModel):
    """An order that is still being placed."""

    order_number: str
    state: str


_MADE = {"next_statuses", "shipping_address", "billing_address", "tracking_url", "items"}
_COPIED = [name for name in OrderAnswer.model_fields if name not in _MADE]


def present_order(order: Order, items: Sequence[OrderItem], *, actor: ActorType) -> OrderAnswer:
    """An order as `actor` sees it."""
    return OrderAnswer(**order_facts(order, items, actor=actor))


def order_facts(order: Order, items: Sequence[OrderItem], *, actor: ActorType) -> dict[str, Any]:
    """The fields of an order as `actor` sees it, for the answers that add to them."""
    return {
        **{name: getattr(order, name) for name in _COPIED},
        "next_statuses": present_next(order.status, order.payment_status, order.payment_method, actor),
        "shipping_address": AddressSnapshot.model_validate(order.shipping_address),
        "billing_address": AddressSnapshot.model_validate(order.billing_address),
        "tracking_url": present_tracking_url(order.carrier, order.tracking_number),
        "items": [OrderItemAnswer.model_validate(item) for item in items],
    }


@cache
@cache  # a page of fifty asks fifty times for one of a few
def present_next(status: str, payment_status: str, payment_method: str, actor: ActorType) -> tuple[str, ...]:
    """The statuses that `actor` may set next."""
    allowed = next_statuses(
        OrderStatus(status),
        payment_status=PaymentStatus(payment_status),
        payment_method=PaymentMethod(payment_method),
        actor=actor,
    )
    return tuple(map(str, allowed))


def present_tracking_url(carrier: str | None, tracking_number: str | None) -> str | None:
    """Where the parcel can be followed, for a carrier that is known."""
    if carrier is None or tracking_number is None:
        return None
    return tracking_url(carrier, tracking_number)


def present_payment(order: Order, payment: Payment | None, *, publishable_key: str) -> PaymentAnswer:
    """How the order is to be paid."""
    by_card = order.payment_method == PaymentMethod.STRIPE
    held = is_authorized(payment)
    return PaymentAnswer(
        provider=order.payment_method,
        status=shown_status(payment),
        client_secret=payment.client_secret if payment and by_card and not held else None,
        publishable_key=publishable_key if by_card else None,
        expires_at=None if held else order.payment_expires_at,
        capture_before=shown_capture_before(payment),
    )


def shown_payment(stored: StoredOrder, *, publishable_key: str) -> PaymentAnswer | None:
    """How the order is to be paid while the money is awaited, or that it is authorised; else nothing."""
    order = stored.order
    awaited = order.status == OrderStatus.PENDING and order.payment_status in {
        PaymentStatus.PENDING,
        PaymentStatus.FAILED,
    }
    if not awaited and not is_authorized(stored.payment):
        return None
    return present_payment(order, stored.payment, publishable_key=publishable_key)


def is_authorized(payment: Payment | None) -> bool:
    """Whether a bank holds the amount and nobody has taken it yet."""
    return payment is not None and payment.status == REQUIRES_CAPTURE


def shown_status(payment: Payment | None) -> str | None:
    """The payment's status in answers; what Stripe calls `requires_capture` is `authorized`."""
    if payment is None:
        return None
    return AUTHORIZED if is_authorized(payment) else payment.status


def shown_capture_before(payment: Payment | None) -> datetime | None:
    """Until when the bank holds the amount; None where it holds none, or Stripe names no end."""
    return payment.capture_before if payment is not None and is_authorized(payment) else None


def present_status_event(event: OrderEvent) -> StatusEventAnswer:
    """A change of status from the order's history."""
    return StatusEventAnswer(
        from_status=event.from_status,
        to_status=event.to_status or "",
        changed_by_type=event.actor_type,
        changed_by_id=event.actor_id,
        notes=event.notes,
        created_at=event.created_at,
    )


def present_placed(stored: StoredOrder, *, publishable_key: str) -> PlacedOrderAnswer:
    """A new order, as its customer sees it."""
    order = present_order(stored.order, stored.items, actor=ActorType.CUSTOMER)
    payment = present_payment(stored.order, stored.payment, publishable_key=publishable_key)
    return PlacedOrderAnswer(**dict(order), payment=payment)


def present_customer_detail(
    stored: StoredOrder, history: OrderHistory, thread: Sequence[ThreadMessage], *, publishable_key: str
) -> CustomerOrderDetail:
    """An order with its history, as its customer sees it."""
    order = present_order(stored.order, stored.items, actor=ActorType.CUSTOMER)
    return CustomerOrderDetail(
        **dict(order),
        status_history=[present_status_event(event) for event in history.status_events],
        messages=present_messages(thread, reader=ActorType.CUSTOMER),
        refunds=[RefundAnswer.model_validate(refund) for refund in history.refunds],
        payment=shown_payment(stored, publishable_key=publishable_key),
    )
