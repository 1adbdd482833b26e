"""Stripe events, as far as they are read; the rest of them is Stripe's to change."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints

from api.schemas.base import AnswerModel, Printable

_Name = Annotated[str, StringConstraints(min_length=1, max_length=255), Printable]


class StripeEventData(BaseModel):
    """`object` is the PaymentIntent, charge, refund or dispute as it was then."""

    object: dict[str, Any]


class StripeEvent(BaseModel):
    """https://docs.stripe.com/api/events/object"""

    id: _Name
    type: _Name
    data: StripeEventData

    @property
    def payment_reference(self) -> str | None:
        """The id of the PaymentIntent that the event is about."""
        subject = self.data.object
        found = (
            subject.get("id") if self.type.startswith("payment_intent.") else subject.get("payment_intent")
        )
        if isinstance(found, dict):  # expanded
            found = found.get("id")
        return found if isinstance(found, str) and found.isascii() and found.isprintable() else None


class EventOutcome(StrEnum):
    """What became of an event: told to the order, told before, or nothing that concerns an order."""

    HANDED_OVER = "handed_over"
    KNOWN = "known"
    IGNORED = "ignored"
    FOREIGN = "foreign"
    ENDED = "ended"


class EventAnswer(AnswerModel):
    """`foreign` is an event about no payment of ours, `ended` about an order that is closed."""

    outcome: EventOutcome
