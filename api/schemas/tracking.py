"""An order as whoever holds its link sees it: where it stands, and nothing about a person."""

from datetime import datetime

from pydantic import Field

from api.amounts import Amount
from api.schemas.base import AnswerModel
from api.schemas.orders import (
    OrderItemAnswer,
    PaymentAnswer,
    present_tracking_url,
    shown_payment,
)
from db.queries.orders import OrderHistory, StoredOrder
from domain.waiting import Party, Step, Wait

# The shop's own deadlines end nothing for the customer, and are no promise to them.
_ENDING = frozenset({Step.PAYMENT, Step.CONFIRMATION, Step.BANK, Step.RETURN_WINDOW})


class NextStepAnswer(AnswerModel):
    """What is expected next and of whom; `until` is when that ends, where it ends by itself."""

    step: Step
    party: Party = Field(serialization_alias="for")
    since: datetime
    until: datetime | None


class TrackedStatusAnswer(AnswerModel):
    """One change of the order's status."""

    from_status: str | None
    to_status: str
    created_at: datetime


class TrackedOrder(AnswerModel):
    """An order without names, addresses, e-mail address, messages and notes.

    `payment` is there while the money is awaited or authorised, so that the order can be paid from the link.
    """

    order_number: str
    status: str
    payment_status: str
    cancel_reason: str | None
    next_step: NextStepAnswer | None = Field(description="Null once the order is over.")
    status_history: list[TrackedStatusAnswer]
    items: list[OrderItemAnswer]
    subtotal: Amount
    shipping_cost: Amount
    tax_amount: Amount
    discount_amount: Amount
    total_amount: Amount
    refunded_amount: Amount
    currency: str
    shipping_method: str
    payment_method: str
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    payment: PaymentAnswer | None
    created_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None


_MADE = {"next_step", "status_history", "items", "tracking_url", "payment"}
_COPIED = [name for name in TrackedOrder.model_fields if name not in _MADE]


def present_tracked(
    stored: StoredOrder, history: OrderHistory, wait: Wait | None, *, publishable_key: str
) -> TrackedOrder:
    """An order for whoever holds its link."""
    order = stored.order
    return TrackedOrder(
        **{name: getattr(order, name) for name in _COPIED},
        next_step=None if wait is None else _present_step(wait),
        status_history=[
            TrackedStatusAnswer(
                from_status=event.from_status, to_status=event.to_status or "", created_at=event.created_at
            )
            for event in history.status_events
        ],
        items=[OrderItemAnswer.model_validate(item) for item in stored.items],
        tracking_url=present_tracking_url(order.carrier, order.tracking_number),
        payment=shown_payment(stored, publishable_key=publishable_key),
    )


def _present_step(wait: Wait) -> NextStepAnswer:
    until = wait.until if wait.step in _ENDING else None
    return NextStepAnswer(step=wait.step, party=wait.party, since=wait.since, until=until)
