"""Charges: one per attempt to take money, declined or not."""

from local.stripe_sandbox.balance import book
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.cards import Decline
from local.stripe_sandbox.lists import filtered
from local.stripe_sandbox.store import JSON, new_id

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


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/charges/{id}`."""
    return call.load("charge", identifier)


def list_all(call: Call) -> JSON:
    """`GET /v1/charges`."""
    return filtered(call, "charge", "/v1/charges")


def attempt(
    call: Call,
    intent: JSON,
    method: JSON,
    details: JSON,
    *,
    decline: Decline | None = None,
    pending: bool = False,
) -> JSON:
    """Store the charge of one attempt on a PaymentIntent's amount and send its event.

    A `pending` one waits for the bank: `finish` says what came of it.
    """
    status = "failed" if decline is not None else "pending" if pending else "succeeded"
    captured = decline is None and intent["capture_method"] != "manual"
    charge: JSON = {
        "id": new_id("ch" if method["type"] == "card" else "py"),
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
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": details,
        "status": status,
    }
    if captured and not pending:
        _settle_now_or_later(call, charge, intent)
    call.store.insert(charge)
    call.emit(f"charge.{status}", charge)
    return charge


def finish(call: Call, charge: JSON, decline: Decline | None) -> None:
    """The bank has paid a pending charge, or has not; it is stored and announced."""
    if decline is None:
        charge.update(paid=True, status="succeeded")
        _settle(call, charge)
    else:
        charge.update(
            amount_captured=0,
            captured=False,
            failure_code=decline.code,
            failure_message=decline.message,
            outcome=_outcome(decline),
            status="failed",
        )
    call.store.save(charge)
    call.emit(f"charge.{charge['status']}", charge)


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
    kind = "charge" if charge["payment_method_details"]["type"] == "card" else "payment"
    charge["balance_transaction"] = book(
        call, charge["id"], charge["amount_captured"], charge["currency"], kind=kind
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
