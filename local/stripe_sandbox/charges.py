"""Charges: one per attempt to take money, declined or not."""

from local.stripe_sandbox.balance import book
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.cards import Decline
from local.stripe_sandbox.lists import by_parent
from local.stripe_sandbox.store import JSON, new_id

# How long a bank holds an authorised amount: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
HOLD_SECONDS = 7 * 86_400

_NEW: JSON = {
    "amount_refunded": 0,
    "application": None,
    "application_fee": None,
    "application_fee_amount": None,
    "balance_transaction": None,
    "calculated_statement_descriptor": "STRIPE SANDBOX",
    "disputed": False,
    "failure_balance_transaction": None,
    "fraud_details": {},
    "livemode": False,
    "on_behalf_of": None,
    "receipt_number": None,
    "receipt_url": None,
    "refunded": False,
    "review": None,
    "source": None,
    "source_transfer": None,
    "transfer_data": None,
}
_OUTCOME: JSON = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 20,
    "seller_message": "Payment complete.",
    "type": "authorized",
}
_CARD_DETAILS: JSON = {
    "authorization_code": None,
    "extended_authorization": {"status": "disabled"},
    "incremental_authorization": {"status": "unavailable"},
    "installments": None,
    "mandate": None,
    "multicapture": {"status": "unavailable"},
    "network_token": {"used": False},
    "network_transaction_id": None,
    "three_d_secure": None,
    "wallet": None,
}
_FROM_INTENT = (
    "amount",
    "currency",
    "customer",
    "description",
    "metadata",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_AUTHENTICATED: JSON = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/charges/{id}`."""
    return call.load("charge", identifier)


def list_all(call: Call) -> JSON:
    """`GET /v1/charges`."""
    return by_parent(call, "charge", "/v1/charges")


def attempt(call: Call, intent: JSON, method: JSON, *, decline: Decline | None, authenticated: bool) -> JSON:
    """Store the charge of one attempt on a PaymentIntent's amount and send its event."""
    captured = decline is None and intent["capture_method"] != "manual"
    charge: JSON = {
        "id": new_id("ch"),
        "object": "charge",
        **{name: intent[name] for name in _FROM_INTENT},
        **_NEW,
        "amount_captured": intent["amount"] if captured else 0,
        "billing_details": method["billing_details"],
        "captured": captured,
        "created": call.now,
        "failure_code": decline and decline.code,
        "failure_message": decline and decline.message,
        "outcome": _outcome(decline),
        "paid": decline is None,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "card": _card_details(call, intent, method["card"], decline, authenticated=authenticated),
            "type": "card",
        },
        "status": "succeeded" if decline is None else "failed",
    }
    if captured:
        _settle_now_or_later(call, charge, intent)
    call.store.insert(charge)
    call.emit("charge.succeeded" if decline is None else "charge.failed", charge)
    return charge


def capture(call: Call, charge: JSON, intent: JSON, amount: int) -> None:
    """Take `amount` minor units of an authorised charge; the caller saves and announces it."""
    charge.update(captured=True, amount_captured=amount)
    charge["payment_method_details"]["card"].pop("capture_before", None)
    _settle_now_or_later(call, charge, intent)


def settle(call: Call, identifier: str) -> None:
    """Give an asynchronously captured charge its balance transaction, and tell so."""
    charge = call.store.get(identifier)
    if charge is None or charge["balance_transaction"] is not None:
        return
    _settle(call, charge)
    call.store.save(charge)
    call.emit("charge.updated", charge, {"balance_transaction": None})


def _settle(call: Call, charge: JSON) -> None:
    charge["balance_transaction"] = book(
        call, charge["id"], charge["amount_captured"], charge["currency"], kind="charge"
    )


def _settle_now_or_later(call: Call, charge: JSON, intent: JSON) -> None:
    if intent["capture_method"] == "automatic_async":
        call.later("settle_charge", charge["id"])
    else:
        _settle(call, charge)


def _outcome(decline: Decline | None) -> JSON:
    if decline is None:
        return dict(_OUTCOME)
    if decline.blocked:
        return _OUTCOME | {
            "network_status": "not_sent_to_network",
            "reason": "highest_risk_level",
            "risk_level": "highest",
            "risk_score": 90,
            "seller_message": "Stripe blocked this payment as too risky.",
            "type": "blocked",
        }
    return _OUTCOME | {
        "network_status": "declined_by_network",
        "reason": decline.decline_code or decline.code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def _card_details(
    call: Call, intent: JSON, card: JSON, decline: Decline | None, *, authenticated: bool
) -> JSON:
    checks = dict(card["checks"])
    if checks["cvc_check"] is not None:
        checks["cvc_check"] = "fail" if decline and decline.code == "incorrect_cvc" else "pass"
    copied = (
        "brand",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
    )
    details = {
        **_CARD_DETAILS,
        **{name: card[name] for name in copied},
        "amount_authorized": intent["amount"] if decline is None else None,
        "checks": checks,
        "network": card["brand"],
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
    }
    if authenticated:
        details["three_d_secure"] = dict(_AUTHENTICATED)
    if intent["capture_method"] == "manual" and decline is None:
        details["capture_before"] = call.now + HOLD_SECONDS
    return details
