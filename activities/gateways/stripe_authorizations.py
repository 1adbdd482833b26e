"""What Stripe says about amounts that are authorised and not taken."""

from datetime import UTC, datetime

import stripe


def capture_before(intent: stripe.PaymentIntent) -> datetime | None:
    """Until when the bank holds the amount; None unless it does, and where Stripe does not say.

    Needs `latest_charge` expanded
    (https://docs.stripe.com/api/charges/object#charge_object-payment_method_details-card-capture_before).
    """
    charge = intent.latest_charge
    if intent.status != "requires_capture" or not isinstance(charge, stripe.Charge):
        return None
    details = charge.payment_method_details
    card = None if details is None else getattr(details, "card", None)
    until = getattr(card, "capture_before", None)
    return None if until is None else datetime.fromtimestamp(until, UTC)


def is_release(refund: stripe.Refund) -> bool:
    """Whether a refund only lets go of what was authorised and never taken.

    Stripe writes one for the rest of a partial capture and for an authorisation that ends. It moves no money,
    so it has no balance transaction; a refund of money that has arrived has one.
    """
    return refund.status == "succeeded" and refund.balance_transaction is None
