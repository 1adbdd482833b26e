"""Confirming a PaymentIntent: the attempt to pay, its authentication, its decline or success."""

from typing import Any

from local.stripe_sandbox import attempts, charges, debits
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.cards import AUTHENTICATION_REQUIRED, Decline, TestCard
from local.stripe_sandbox.charge_details import card_details, redirect_details
from local.stripe_sandbox.errors import StripeError, parameter_missing, status_refusal, unexpected_state
from local.stripe_sandbox.method_types import check_allowed, choose_types
from local.stripe_sandbox.payment_methods import card_of, from_data, resolve
from local.stripe_sandbox.store import JSON, random_text

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

    Raises `StripeError`: 400 when the status or the payment method does not allow it, 402 when the card is
    declined (which leaves the PaymentIntent in `requires_payment_method`, stored).
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
    choose_types(intent, None)
    check_allowed(intent, method)
    intent.update(payment_method=method["id"], next_action=None, last_payment_error=None)
    if method["type"] == "card":
        _pay_by_card(call, intent, method)
    elif method["type"] == "sepa_debit":
        debits.start(call, intent, method)
    else:
        _redirect_to_bank(call, intent)


def authenticate(call: Call, intent: JSON, *, succeeds: bool) -> None:
    """The customer passed or failed 3-D Secure, or approved the payment at the bank or did not.

    `intent` is changed in place and stored. Raises `StripeError` 400 when it does not wait for that.
    """
    if intent["status"] != "requires_action":
        raise status_refusal("authenticate", "authenticated", intent, ("requires_action",))
    method = call.load("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if not succeeds:
        attempts.fail(call, intent, _authentication_error(method))
    elif method["type"] == "card":
        _charge_card(call, intent, method, card_of(method).decline, authenticated=True)
    else:
        charge = charges.attempt(call, intent, method, redirect_details(method))
        attempts.succeed(call, intent, method, charge)


def _authentication_error(method: JSON) -> JSON:
    if method["type"] == "card":
        message = (
            "We are unable to authenticate your payment method. Please choose a different payment method and "
            "try again."
        )
    else:
        message = (
            "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a "
            "new PaymentMethod to attempt to fulfill this PaymentIntent again."
        )
    code = "payment_intent_authentication_failure"
    return attempts.payment_error(method, kind="invalid_request_error", code=code, message=message)


def _check_confirmable(intent: JSON) -> None:
    if intent["status"] == "succeeded":
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed.",
            intent,
        )
    if intent["status"] not in _CONFIRMABLE:
        raise status_refusal("confirm", "confirmed", intent, _CONFIRMABLE)


def _pay_by_card(call: Call, intent: JSON, method: JSON) -> None:
    card = card_of(method)
    if not _must_authenticate(call, intent, card):
        _charge_card(call, intent, method, card.decline, authenticated=False)
    elif call.params.get("off_session") or call.params.get("error_on_requires_action"):
        _charge_card(call, intent, method, AUTHENTICATION_REQUIRED, authenticated=False)
    else:
        _require_authentication(call, intent)
    _raise_decline(intent)


def _must_authenticate(call: Call, intent: JSON, card: TestCard) -> bool:
    options: JSON = call.params.get("payment_method_options") or intent["payment_method_options"]
    asked = options.get("card", {}).get("request_three_d_secure") in {"any", "challenge"}
    return card.three_d_secure == "required" or (asked and card.three_d_secure == "optional")


def _require_authentication(call: Call, intent: JSON) -> None:
    return_url = call.params.get("return_url")
    page = _page(call, intent, "3ds")
    if return_url is not None and not call.params.get("use_stripe_sdk"):
        _require_action(call, intent, _redirect(return_url, page))
        return
    source = {"source": f"src_{random_text(24)}", "stripe_js": page, "type": "three_d_secure_redirect"}
    _require_action(call, intent, {"type": "use_stripe_sdk", "use_stripe_sdk": source})


def _redirect_to_bank(call: Call, intent: JSON) -> None:
    if "return_url" not in call.params:
        raise parameter_missing("return_url")
    _require_action(call, intent, _redirect(call.params["return_url"], _page(call, intent, "redirect")))


def _page(call: Call, intent: JSON, name: str) -> str:
    secret = intent["client_secret"]
    return f"{call.configuration.address}/{name}/{intent['id']}?client_secret={secret}"


def _redirect(return_url: str, page: str) -> JSON:
    return {"redirect_to_url": {"return_url": return_url, "url": page}, "type": "redirect_to_url"}


def _require_action(call: Call, intent: JSON, action: JSON) -> None:
    intent.update(status="requires_action", next_action=action)
    intent["_sandbox"]["return_url"] = call.params.get("return_url")
    call.store.save(intent)
    call.emit("payment_intent.requires_action", intent)


def _charge_card(
    call: Call, intent: JSON, method: JSON, decline: Decline | None, *, authenticated: bool
) -> None:
    details = card_details(call, intent, method, decline, authenticated=authenticated)
    charge = charges.attempt(call, intent, method, details, decline=decline)
    if decline is None:
        attempts.succeed(call, intent, method, charge)
        return
    intent["latest_charge"] = charge["id"]
    attempts.fail(call, intent, attempts.decline_error(charge, method, decline))


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
