"""Typed-in card data: its checks, and the `card` hash of the PaymentMethod it becomes."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from local.stripe_sandbox.cards import BY_NUMBER, TestCard, luhn_valid
from local.stripe_sandbox.errors import StripeError
from local.stripe_sandbox.store import JSON


def entered_card(entered: dict[str, Any]) -> tuple[TestCard, JSON]:
    """The test card that was typed in, and its fields.

    Raises `StripeError`: 402 `incorrect_number`, `invalid_expiry_year`, `invalid_cvc`, and `card_declined`
    with decline code `test_mode_live_card` for a number that is not a test card.
    """
    number = re.sub(r"[ -]", "", entered["number"])
    if re.fullmatch(r"[0-9]{12,19}", number) is None or not luhn_valid(number):
        raise _card_error("incorrect_number", "Your card number is incorrect.", "number")
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
    return card, card_fields(card, exp_month=entered["exp_month"], exp_year=exp_year, cvc=cvc is not None)


def named_card(card: TestCard) -> JSON:
    """The fields of the card that a `pm_card_…` name stands for."""
    return card_fields(card, exp_month=12, exp_year=datetime.now(UTC).year + 1, cvc=True)


def card_fields(card: TestCard, *, exp_month: int, exp_year: int, cvc: bool) -> JSON:
    """What a PaymentMethod shows of the card."""
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
