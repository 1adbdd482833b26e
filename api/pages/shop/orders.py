"""An order as its shopper is told of it: how far it is, what comes next and until when, and its money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from api.pages.tax_lines import VatLine, vat_lines
from api.schemas.orders import is_authorized
from db.queries.orders import OrderHistory, StoredOrder
from db.queries.refundable import left_to_refund
from db.queries.waits import StoredWaits
from db.tables import Order, Refund
from domain.lifecycle import (
    ActorType,
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
    RefundStatus,
    next_statuses,
)
from domain.waiting import Step

_ROAD = (
    OrderStatus.PENDING,
    OrderStatus.CONFIRMED,
    OrderStatus.PROCESSING,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)


class Stage(StrEnum):
    """What the shopper waits for, or has to do."""

    OPENING = "opening"
    PAY = "pay"
    PAY_AGAIN = "pay_again"
    TRANSFER = "transfer"
    BANK = "bank"
    PAID = "paid"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class MoneyBack(StrEnum):
    """How far the money of an order is on its way back."""

    NOTHING = "nothing"
    ON_ITS_WAY = "on_its_way"
    DONE = "done"
    STUCK = "stuck"


@dataclass(frozen=True)
class ProgressStep:
    """One step of an order: done, current, ahead or cancelled; `at` is when it was reached."""

    status: str
    state: str
    at: datetime | None


@dataclass(frozen=True)
class TimelineEntry:
    """Something that happened; `amount` for what is about money, `note` is the shopper's own words."""

    code: str
    at: datetime
    amount: Decimal | None = None
    note: str | None = None


@dataclass(frozen=True)
class ToldOrder:
    """What pages tell of an order beside its own fields.

    `until` ends the stage where it has an end. `held` says that the bank keeps the total until the order is
    shipped, `was_held` that it did, `to_return` what a cancellation would send back now.
    """

    stage: Stage
    until: datetime | None
    steps: list[ProgressStep]
    timeline: list[TimelineEntry]
    prices_include_tax: bool
    vat: list[VatLine]
    paid_amount: Decimal
    paid_by_hand: bool
    held: bool
    was_held: bool
    can_cancel: bool
    to_return: Decimal
    on_its_way: Decimal
    money_back: MoneyBack
    final: bool


def tell_order(stored: StoredOrder, history: OrderHistory, waits: StoredWaits) -> ToldOrder:
    """What the stored order is to its shopper."""
    order = stored.order
    stage = _stage(stored)
    held = is_authorized(stored.payment)
    back = _money_back(order, history.refunds)
    return ToldOrder(
        stage=stage,
        until=_until(stage, order, waits),
        steps=_steps(order, history),
        timeline=_timeline(order, history),
        prices_include_tax=order.prices_include_tax,
        vat=vat_lines(order),
        paid_amount=order.paid_amount,
        paid_by_hand=order.payment_method == PaymentMethod.MANUAL,
        held=held,
        was_held=stored.payment is not None and stored.payment.capture_before is not None,
        can_cancel=_can_cancel(order),
        to_return=left_to_refund(order),
        on_its_way=order.refund_pending_amount or left_to_refund(order),
        money_back=back,
        final=_is_over(order) and back in {MoneyBack.NOTHING, MoneyBack.DONE},
    )


def _stage(stored: StoredOrder) -> Stage:
    order = stored.order
    if order.status == OrderStatus.PENDING:
        return _stage_of_payment(stored)
    if order.status == OrderStatus.DELIVERED and order.completed_at is not None:
        return Stage.COMPLETED
    return Stage(order.status)


def _stage_of_payment(stored: StoredOrder) -> Stage:
    order, payment = stored.order, stored.payment
    if order.payment_status == PaymentStatus.PAID or is_authorized(payment):
        return Stage.PAID
    if order.payment_method == PaymentMethod.MANUAL:
        return Stage.TRANSFER
    if payment is None or payment.client_secret is None:
        return Stage.OPENING
    if payment.status == "processing":
        return Stage.BANK
    if payment.status == "succeeded":
        return Stage.PAID
    return Stage.PAY_AGAIN if order.payment_status == PaymentStatus.FAILED else Stage.PAY


def _until(stage: Stage, order: Order, waits: StoredWaits) -> datetime | None:
    if stage in {Stage.PAY, Stage.PAY_AGAIN, Stage.TRANSFER}:
        return order.payment_expires_at
    if stage == Stage.DELIVERED and order.delivered_at is not None:
        extended = waits.extended_until if waits.extended_step == Step.RETURN_WINDOW else None
        return extended or order.delivered_at + timedelta(seconds=waits.return_window)
    return None


def _steps(order: Order, history: OrderHistory) -> list[ProgressStep]:
    """The whole road, or as far as a cancelled order came."""
    reached = {event.to_status: event.created_at for event in history.status_events}
    reached.setdefault(OrderStatus.PENDING, order.created_at)
    if order.status == OrderStatus.CANCELLED:
        passed = [ProgressStep(status, "done", reached[status]) for status in _ROAD if status in reached]
        return [*passed, ProgressStep(order.status, "cancelled", reached.get(OrderStatus.CANCELLED))]
    here = _ROAD.index(OrderStatus(order.status))
    arrived = order.status == OrderStatus.DELIVERED
    return [
        ProgressStep(
            status,
            "done" if place < here or arrived else "current" if place == here else "ahead",
            reached.get(status),
        )
        for place, status in enumerate(_ROAD)
    ]


def _timeline(order: Order, history: OrderHistory) -> list[TimelineEntry]:
    """Everything that the shopper noticed, oldest first; of what people wrote only the shopper's own."""
    entries = [
        TimelineEntry(
            event.to_status or "",
            event.created_at,
            note=event.notes if event.actor_type == ActorType.CUSTOMER else None,
        )
        for event in history.status_events
    ]
    if order.paid_at is not None:
        entries.append(TimelineEntry("paid", order.paid_at, order.paid_amount))
    entries += [
        TimelineEntry(f"refund_{refund.status}", refund.updated_at, refund.amount)
        for refund in history.refunds
    ]
    # Paid and confirmed happen in one moment, in this order.
    return sorted(entries, key=lambda entry: (entry.at, entry.code != "paid"))


def _is_over(order: Order) -> bool:
    return order.completed_at is not None or order.status == OrderStatus.CANCELLED


def _can_cancel(order: Order) -> bool:
    allowed = next_statuses(
        OrderStatus(order.status),
        payment_status=PaymentStatus(order.payment_status),
        payment_method=PaymentMethod(order.payment_method),
        actor=ActorType.CUSTOMER,
    )
    return OrderStatus.CANCELLED in allowed


def _money_back(order: Order, refunds: Sequence[Refund]) -> MoneyBack:
    left = left_to_refund(order)
    if left and any(refund.status == RefundStatus.FAILED for refund in refunds):
        return MoneyBack.STUCK
    if order.refund_pending_amount or (order.status == OrderStatus.CANCELLED and left):
        return MoneyBack.ON_ITS_WAY
    return MoneyBack.DONE if order.refunded_amount else MoneyBack.NOTHING
