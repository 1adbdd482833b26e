"""How an attempt to pay leaves its PaymentIntent: paid, authorised, or payable again."""

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.cards import Decline
from local.stripe_sandbox.payment_methods import behaviour_of
from local.stripe_sandbox.store import JSON, visible


def succeed(call: Call, intent: JSON, method: JSON, charge: JSON) -> None:
    """The charge went through; with manual capture the amount is only held, until `authorization_window`."""
    intent["latest_charge"] = charge["id"]
    if intent["capture_method"] == "manual":
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        call.store.save(intent)
        call.emit("payment_intent.amount_capturable_updated", intent)
        call.store.schedule("expire_authorization", intent["id"], call.configuration.authorization_window)
    else:
        intent.update(status="succeeded", amount_received=intent["amount"])
        call.store.save(intent)
        call.emit("payment_intent.succeeded", intent)
    if behaviour_of(method).dispute_reason is not None:
        call.later("open_dispute", charge["id"])


def fail(call: Call, intent: JSON, error: JSON) -> None:
    """The attempt came to nothing, and `error` says why; another one may follow."""
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    call.store.save(intent)
    call.emit("payment_intent.payment_failed", intent)


def payment_error(method: JSON, *, kind: str, code: str, message: str) -> JSON:
    """The `last_payment_error` of a failed attempt."""
    return {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": visible(method),
        "type": kind,
    }


def decline_error(charge: JSON, method: JSON, decline: Decline) -> JSON:
    """The `last_payment_error` of a charge that the bank declined."""
    kind = "card_error" if method["type"] == "card" else "invalid_request_error"
    error = payment_error(method, kind=kind, code=decline.code, message=decline.message)
    error["charge"] = charge["id"]
    if decline.decline_code is not None:
        error["decline_code"] = decline.decline_code
    if decline.code == "incorrect_cvc":
        error["param"] = "cvc"
    return error
