"""Confirming a PaymentIntent: the attempt to pay, its authentication, its decline or success."""

from typing import Any

from local.stripe_sandbox import charges
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.cards import AUTHENTICATION_REQUIRED, Decline, TestCard
from local.stripe_sandbox.errors import StripeError, status_refusal, unexpected_state
from local.stripe_sandbox.payment_methods import card_of, from_data, resolve
from local.stripe_sandbox.store import JSON, random_text, visible

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_OVERWRITTEN = ("capture_method", "receipt_email", "setup_future_usage", "shipping")


def payment_method_given(call: Call, params: dict[str, Any]) -> JSON | None:
    """The PaymentMethod that the parameters name or describe."""
    if "payment_method" in params:
        return resolve(call, params["payment_method"])
    if "payment_method_data" in params:
        return from_data(call, params["payment_method_data"])
    return None


def confirm(call: Call, intent: JSON, method: JSON | None) -> None:
    """Try to pay with `method` or the one chosen before; `intent` is changed in place and stored.

    Raises `StripeError`: 400 when the status does not allow it, 402 when the card is declined (which leaves
    the PaymentIntent in `requires_payment_method`, stored).
    """
    _check_confirmable(intent)
    if method is None and intent["payment_method"] is not None:
        method = call.load("payment_method", intent["payment_method"])
    if method is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
            "directly with a payment method or ConfirmationToken.",
            intent,
        )
    intent.update({name: call.params[name] for name in _OVERWRITTEN if name in call.params})
    intent.update(payment_method=method["id"], next_action=None, last_payment_error=None)
    card = card_of(method)
    if not _must_authenticate(call, intent, card):
        _settle(call, intent, method, card.decline, authenticated=False)
    elif call.params.get("off_session") or call.params.get("error_on_requires_action"):
        _settle(call, intent, method, AUTHENTICATION_REQUIRED, authenticated=False)
    else:
        _require_action(call, intent)
    _raise_decline(intent)


def authenticate(call: Call, intent: JSON, *, succeeds: bool) -> None:
    """The customer passed or failed 3-D Secure; `intent` is changed in place and stored.

    Raises `StripeError` 400 when it does not wait for authentication.
    """
    if intent["status"] != "requires_action":
        raise status_refusal("authenticate", "authenticated", intent, ("requires_action",))
    method = call.load("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if succeeds:
        _settle(call, intent, method, card_of(method).decline, authenticated=True)
        return
    error = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": "We are unable to authenticate your payment method. Please choose a different payment "
        "method and try again.",
        "payment_method": visible(method),
        "type": "invalid_request_error",
    }
    _fail(call, intent, error)


def _check_confirmable(intent: JSON) -> None:
    if intent["status"] == "succeeded":
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed.",
            intent,
        )
    if intent["status"] not in _CONFIRMABLE:
        raise status_refusal("confirm", "confirmed", intent, _CONFIRMABLE)


def _must_authenticate(call: Call, intent: JSON, card: TestCard) -> bool:
    options: JSON = call.params.get("payment_method_options") or intent["payment_method_options"]
    asked = options.get("card", {}).get("request_three_d_secure") in {"any", "challenge"}
    return card.three_d_secure == "required" or (asked and card.three_d_secure == "optional")


def _require_action(call: Call, intent: JSON) -> None:
    page = f"{call.configuration.address}/3ds/{intent['id']}?client_secret={intent['client_secret']}"
    return_url = call.params.get("return_url")
    if return_url is not None and not call.params.get("use_stripe_sdk"):
        action: JSON = {
            "redirect_to_url": {"return_url": return_url, "url": page},
            "type": "redirect_to_url",
        }
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "source": f"src_{random_text(24)}",
                "stripe_js": page,
                "type": "three_d_secure_redirect",
            },
        }
    intent.update(status="requires_action", next_action=action)
    intent["_sandbox"]["return_url"] = return_url
    call.store.save(intent)
    call.emit("payment_intent.requires_action", intent)


def _settle(call: Call, intent: JSON, method: JSON, decline: Decline | None, *, authenticated: bool) -> None:
    charge = charges.attempt(call, intent, method, decline=decline, authenticated=authenticated)
    intent["latest_charge"] = charge["id"]
    if decline is not None:
        _fail(call, intent, _decline_error(charge, method, decline))
        return
    if intent["capture_method"] == "manual":
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        call.store.save(intent)
        call.emit("payment_intent.amount_capturable_updated", intent)
    else:
        intent.update(status="succeeded", amount_received=intent["amount"])
        call.store.save(intent)
        call.emit("payment_intent.succeeded", intent)
    if card_of(method).dispute_reason is not None:
        call.later("open_dispute", charge["id"])


def _decline_error(charge: JSON, method: JSON, decline: Decline) -> JSON:
    error: JSON = {
        "charge": charge["id"],
        "code": decline.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "payment_method": visible(method),
        "type": "card_error",
    }
    if decline.decline_code is not None:
        error["decline_code"] = decline.decline_code
    if decline.code == "incorrect_cvc":
        error["param"] = "cvc"
    return error


def _fail(call: Call, intent: JSON, error: JSON) -> None:
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    call.store.save(intent)
    call.emit("payment_intent.payment_failed", intent)


def _raise_decline(intent: JSON) -> None:
    error = intent["last_payment_error"]
    if error is None:
        return
    extra = {name: error[name] for name in ("charge", "decline_code", "payment_method") if name in error}
    raise StripeError(
        402,
        "card_error",
        error["message"],
        code=error["code"],
        param=error.get("param"),
        extra={**extra, "payment_intent": intent},
    )
