"""PaymentMethods made from test cards."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.cards import BY_NAME, BY_NUMBER, TestCard, luhn_valid
from local.stripe_sandbox.errors import StripeError, invalid, parameter_missing
from local.stripe_sandbox.store import JSON, new_id

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def create(call: Call) -> JSON:
    """`POST /v1/payment_methods`."""
    return from_data(call, call.params)


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/payment_methods/{id}`; a `pm_card_…` name answers a new PaymentMethod of that card."""
    return resolve(call, identifier, param=None)


def resolve(call: Call, identifier: str, *, param: str | None = "payment_method") -> JSON:
    """The PaymentMethod of this id, or a new one for the name of a test card, as Stripe does."""
    card = BY_NAME.get(identifier)
    if card is None:
        return call.load("payment_method", identifier, param=param)
    year = datetime.now(UTC).year + 1
    return _insert(call, card, exp_month=12, exp_year=year, cvc=True, data={})


def card_of(method: JSON) -> TestCard:
    """The test card behind a PaymentMethod."""
    return BY_NUMBER[method["_sandbox"]["number"]]


def from_data(call: Call, data: dict[str, Any]) -> JSON:
    """A PaymentMethod from typed-in card data.

    Raises `StripeError`: 402 `incorrect_number`, `invalid_expiry_year`, `invalid_cvc`, and `card_declined`
    with decline code `test_mode_live_card` for a number that is not a test card.
    """
    if data["type"] != "card":
        raise invalid(f"The Stripe sandbox has no payment methods of type {data['type']}.", param="type")
    if "card" not in data:
        raise parameter_missing("card")
    entered = data["card"]
    number = re.sub(r"[ -]", "", entered["number"])
    _check_number(number)
    exp_year = entered["exp_year"] + (2000 if entered["exp_year"] < 100 else 0)
    _check_expiry(entered["exp_month"], exp_year)
    cvc = entered.get("cvc")
    if cvc is not None and re.fullmatch(r"[0-9]{3,4}", cvc) is None:
        raise _card_error("invalid_cvc", "Your card's security code is invalid.", "cvc")
    card = BY_NUMBER.get(number)
    if card is None:
        raise _card_error(
            "card_declined",
            "Your card was declined. Your request was in test mode, but used a non test (live) card. For a "
            "list of valid test cards, visit: https://stripe.com/docs/testing.",
            "number",
            decline_code="test_mode_live_card",
        )
    return _insert(
        call, card, exp_month=entered["exp_month"], exp_year=exp_year, cvc=cvc is not None, data=data
    )


def _check_number(number: str) -> None:
    if re.fullmatch(r"[0-9]{12,19}", number) is None or not luhn_valid(number):
        raise _card_error("incorrect_number", "Your card number is incorrect.", "number")


def _check_expiry(month: int, year: int) -> None:
    today = datetime.now(UTC)
    if not 1 <= month <= 12:
        raise _card_error("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    if not today.year <= year <= today.year + 50:
        raise _card_error("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    if (year, month) < (today.year, today.month):
        raise _card_error("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")


def _card_error(code: str, message: str, param: str, *, decline_code: str | None = None) -> StripeError:
    extra = {} if decline_code is None else {"decline_code": decline_code}
    return StripeError(402, "card_error", message, code=code, param=param, extra=extra)


def _insert(
    call: Call, card: TestCard, *, exp_month: int, exp_year: int, cvc: bool, data: dict[str, Any]
) -> JSON:
    details = data.get("billing_details", {})
    method: JSON = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": data.get("allow_redisplay", "unspecified"),
        "billing_details": {
            "address": {**_NO_ADDRESS, **(details.get("address") or {})},
            "email": details.get("email"),
            "name": details.get("name"),
            "phone": details.get("phone"),
            "tax_id": details.get("tax_id"),
        },
        "card": _card(card, exp_month=exp_month, exp_year=exp_year, cvc=cvc),
        "created": call.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "type": "card",
        "_sandbox": {"number": card.number},
    }
    call.store.insert(method)
    return method


def _card(card: TestCard, *, exp_month: int, exp_year: int, cvc: bool) -> JSON:
    fingerprint = hashlib.sha256(f"stripe-sandbox:{card.number}".encode()).hexdigest()[:16]
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "unchecked" if cvc else None,
        },
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": fingerprint,
        "funding": card.funding,
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.three_d_secure != "unsupported"},
        "wallet": None,
    }
