"""Capturing what a PaymentIntent has authorised, or losing it."""

from local.stripe_sandbox import refund_outcomes
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.charges import capture as capture_charge
from local.stripe_sandbox.errors import StripeError, refused, status_refusal, unexpected_state
from local.stripe_sandbox.money import written
from local.stripe_sandbox.parameters import merge_metadata
from local.stripe_sandbox.store import JSON


def capture(call: Call, identifier: str) -> JSON:
    """`POST /v1/payment_intents/{id}/capture`: all or part of what was authorised, the rest is released."""
    intent = call.load("payment_intent", identifier)
    if intent["status"] != "requires_capture":
        raise _not_capturable(intent)
    amount: int = call.params.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        asked, held = (written(value, intent["currency"]) for value in (amount, intent["amount_capturable"]))
        message = f"The capture amount ({asked}) is greater than the amount you can capture ({held})."
        raise refused(message, code="amount_too_large", param="amount_to_capture")
    if "metadata" in call.params:
        intent["metadata"] = merge_metadata(intent["metadata"], call.params["metadata"])
    charge = call.load("charge", intent["latest_charge"])
    capture_charge(call, charge, intent, amount)
    if amount < charge["amount"]:
        refund_outcomes.release(call, charge, charge["amount"] - amount)
    call.store.save(charge)
    call.emit("charge.captured", charge)
    intent.update(amount_capturable=0, amount_received=amount, status="succeeded")
    call.store.save(intent)
    call.emit("payment_intent.succeeded", intent)
    return intent


def expire_due(call: Call, identifier: str) -> None:
    """The authorisation has run out, if it is still one."""
    intent = call.store.get(identifier)
    if intent is not None and intent["status"] == "requires_capture":
        expire(call, intent)


def expire(call: Call, intent: JSON) -> None:
    """The bank lets go of the authorised amount, and Stripe cancels the PaymentIntent.

    Raises `StripeError` 400 when it holds none.
    """
    if intent["status"] != "requires_capture":
        raise status_refusal("expire", "expired", intent, ("requires_capture",))
    refund_outcomes.expire(call, call.load("charge", intent["latest_charge"]))
    intent.update(
        amount_capturable=0, canceled_at=call.now, cancellation_reason="automatic", status="canceled"
    )
    call.store.save(intent)
    call.emit("payment_intent.canceled", intent)


def _not_capturable(intent: JSON) -> StripeError:
    if intent["status"] == "succeeded":
        return unexpected_state(
            "This PaymentIntent could not be captured because it has already been captured.", intent
        )
    return unexpected_state(
        f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
        "PaymentIntent with one of the following statuses may be captured: requires_capture.",
        intent,
    )
