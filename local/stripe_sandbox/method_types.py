"""Which payment methods a PaymentIntent takes, and their options."""

from typing import Any

from local.stripe_sandbox.errors import RefusedRequestError, StripeError, invalid, refused
from local.stripe_sandbox.payment_methods import TYPES
from local.stripe_sandbox.redirects import BANK_REDIRECTS
from local.stripe_sandbox.store import JSON

_CARD_OPTIONS: JSON = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}


def check_types(params: dict[str, Any]) -> None:
    """Raises `RefusedRequestError` 400 for types the sandbox has not, or both ways to choose them."""
    for kind in params.get("payment_method_types", []):
        if kind not in TYPES:
            raise _types_refused(
                f'The payment method type "{kind}" is invalid. The Stripe sandbox has: {", ".join(TYPES)}.'
            )
    if "payment_method_types" in params and params.get("automatic_payment_methods", {}).get("enabled"):
        raise invalid(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            param="automatic_payment_methods",
        )


def automatic(params: dict[str, Any]) -> JSON | None:
    """The stored `automatic_payment_methods`; Stripe switches them on unless types are listed."""
    if "payment_method_types" in params:
        return None
    given = params.get("automatic_payment_methods", {"enabled": True})
    return {"allow_redirects": given.get("allow_redirects", "always"), "enabled": given["enabled"]}


def choose_types(intent: JSON, listed: list[str] | None) -> None:
    """Set what the PaymentIntent takes: the listed types, or everything that fits it.

    Bank debits and redirects are for euros, and cannot be authorised now and captured later:
    https://docs.stripe.com/payments/payment-methods/payment-method-support.
    Raises `RefusedRequestError` 400 for a listed type that does not fit.
    """
    if listed is not None:
        intent["automatic_payment_methods"] = None
        intent["payment_method_types"] = listed
        _check_fit(intent)
    elif intent["automatic_payment_methods"] is not None:
        redirects = intent["automatic_payment_methods"]["allow_redirects"] == "always"
        whole = intent["currency"] == "eur" and intent["capture_method"] != "manual"
        intent["payment_method_types"] = [
            kind for kind in TYPES if kind == "card" or (whole and (redirects or kind not in BANK_REDIRECTS))
        ]
    else:
        _check_fit(intent)


def method_options(intent: JSON, given: JSON) -> JSON:
    """The stored `payment_method_options`, one hash for each type."""
    options: JSON = {"card": _CARD_OPTIONS | given.get("card", {})}
    for kind in intent["payment_method_types"]:
        redirect = BANK_REDIRECTS.get(kind)
        options.setdefault(kind, {} if redirect is None else dict(redirect.options))
    return options


def check_allowed(intent: JSON, method: JSON) -> None:
    """Raises `StripeError` 400 when the PaymentIntent does not take this PaymentMethod."""
    kind = method["type"]
    if kind not in intent["payment_method_types"]:
        raise _incompatible(kind, intent["payment_method_types"])


def _check_fit(intent: JSON) -> None:
    bank = [kind for kind in intent["payment_method_types"] if kind != "card"]
    if bank and intent["currency"] != "eur":
        raise _types_refused(
            f"The currency provided ({intent['currency']}) is invalid for one or more payment methods on "
            f"this PaymentIntent ({', '.join(bank)}), which take: eur."
        )
    if bank and intent["capture_method"] == "manual":
        raise _types_refused(
            f"The payment methods {', '.join(bank)} cannot be used with capture_method=manual."
        )


def _types_refused(message: str) -> RefusedRequestError:
    return invalid(message, code="payment_intent_invalid_parameter", param="payment_method_types")


def _incompatible(kind: str, allowed: list[str]) -> StripeError:
    return refused(
        f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent. Please attach a "
        f"PaymentMethod of one of the following types: {', '.join(allowed)}. Alternatively update the "
        f'allowed payment_method_types for this PaymentIntent to include "{kind}".',
        code="payment_intent_incompatible_payment_method",
    )
