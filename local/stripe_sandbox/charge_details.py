"""What a charge shows of the payment method it took the money with."""

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.cards import Decline
from local.stripe_sandbox.redirects import BANK_REDIRECTS
from local.stripe_sandbox.store import JSON

_NEW_CARD: JSON = {
    "authorization_code": None,
    "extended_authorization": {"status": "disabled"},
    "incremental_authorization": {"status": "unavailable"},
    "installments": None,
    "mandate": None,
    "multicapture": {"status": "unavailable"},
    "network_token": {"used": False},
    "network_transaction_id": None,
    "three_d_secure": None,
    "transaction_link_id": None,
    "wallet": None,
}
_FROM_CARD = (
    "brand",
    "country",
    "exp_month",
    "exp_year",
    "fingerprint",
    "funding",
    "last4",
    "regulated_status",
)
_FROM_ACCOUNT = ("bank_code", "branch_code", "country", "fingerprint", "last4")
_AUTHENTICATED: JSON = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}


def card_details(
    call: Call, intent: JSON, method: JSON, decline: Decline | None, *, authenticated: bool
) -> JSON:
    """For a card; `capture_before` (Unix seconds) is there while the amount is only authorised."""
    card = method["card"]
    checks = dict(card["checks"])
    if checks["cvc_check"] is not None:
        checks["cvc_check"] = "fail" if decline and decline.code == "incorrect_cvc" else "pass"
    details = {
        **_NEW_CARD,
        **{name: card[name] for name in _FROM_CARD},
        "amount_authorized": intent["amount"] if decline is None else None,
        "checks": checks,
        "network": card["brand"],
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
    }
    if authenticated:
        details["three_d_secure"] = dict(_AUTHENTICATED)
    if intent["capture_method"] == "manual" and decline is None:
        details["capture_before"] = call.now + int(call.configuration.authorization_window)
    return {"card": details, "type": "card"}


def debit_details(method: JSON, mandate: str) -> JSON:
    """For a SEPA account."""
    account = {name: method["sepa_debit"][name] for name in _FROM_ACCOUNT}
    return {"sepa_debit": account | {"expected_debit_date": None, "mandate": mandate}, "type": "sepa_debit"}


def redirect_details(method: JSON) -> JSON:
    """For a bank redirect."""
    kind: str = method["type"]
    return {kind: dict(BANK_REDIRECTS[kind].charge), "type": kind}
