"""Capture: when the amount that a bank has authorised is taken, and what comes before the bank lets it go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

# https://docs.stripe.com/payments/paymentintents/lifecycle
REQUIRES_CAPTURE = "requires_capture"
# https://docs.stripe.com/api/payment_intents/object#payment_intent_object-cancellation_reason: Stripe's own
# word for an authorisation that has run out.
_RAN_OUT = "automatic"


class CaptureMethod(StrEnum):
    """When a shop takes the customer's money: with the order, or once it ships."""

    AUTOMATIC = "automatic"
    ON_SHIPMENT = "on_shipment"


class CaptureExpiry(StrEnum):
    """What a shop wants of an order that is not shipped when its authorisation is about to run out."""

    CAPTURE = "capture"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class CapturePlan:
    """When the shop is warned, and when the authorised amount is taken or given up without it."""

    warn_at: datetime
    settle_at: datetime


def plan_capture(
    authorized_at: datetime, capture_before: datetime, *, notice: timedelta, margin: timedelta
) -> CapturePlan:
    """The plan for an amount that has to be captured before `capture_before`, which is Stripe's word.

    `notice` is how long before that the shop is warned and `margin` how long before that the matter is
    settled. In a short window the warning comes at its middle at the earliest, and the end at its last
    quarter.
    """
    window = max(capture_before - authorized_at, timedelta(0))
    return CapturePlan(
        warn_at=capture_before - min(max(notice, margin), window / 2),
        settle_at=capture_before - min(margin, window / 4),
    )


def capturable(total: Decimal, left_out: Decimal = Decimal(0)) -> Decimal:
    """What to capture of an order: its total less what was agreed to be left out of it.

    Stripe releases the rest with the capture (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method).
    Raises ValueError where nothing would be left: that is a cancellation.
    """
    if not 0 <= left_out < total:
        raise ValueError(f"{left_out} cannot be left out of {total}")
    return total - left_out


def ran_out(cancellation_reason: str | None) -> bool:
    """Whether a PaymentIntent was cancelled because its authorisation ran out, and by nobody."""
    return cancellation_reason == _RAN_OUT
