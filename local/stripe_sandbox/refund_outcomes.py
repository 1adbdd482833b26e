"""What becomes of a refund: it succeeds, waits, comes back from the bank, or fails at once."""

from typing import Literal

from local.stripe_sandbox.balance import book
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.errors import refused
from local.stripe_sandbox.payment_methods import behaviour_of
from local.stripe_sandbox.store import JSON, new_id

# `pends` and `fails` end after the settlement delay, `waits` when the controls say so.
Outcome = Literal["succeeds", "pends", "waits", "fails", "pends_then_fails", "fails_at_once"]
# https://docs.stripe.com/api/refunds/object#refund_object-failure_reason
FailureReason = Literal[
    "charge_for_pending_refund_disputed",
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "merchant_request",
    "unknown",
]
_LATER = {"pends": "complete_refund", "fails": "fail_refund", "pends_then_fails": "fail_refund"}


def make(call: Call, charge: JSON, amount: int, *, reason: str | None, metadata: dict[str, str]) -> JSON:
    """Refund `amount` minor units of a captured charge and send the events."""
    outcome, failure_reason = _expected(call, charge)
    refund = _new(charge, amount, call.now) | {"metadata": metadata, "reason": reason}
    refund["_sandbox"] = {"failure_reason": failure_reason}
    refund["balance_transaction"] = _book(call, charge, refund, -amount)
    if outcome == "fails_at_once":
        _mark_failed(call, charge, refund)
        call.store.insert(refund)
        call.emit("refund.created", refund)
        call.emit("refund.failed", refund)
        return refund
    if outcome in {"pends", "waits", "pends_then_fails"}:
        refund.update(status="pending", pending_reason="processing")
    _give_back(call, charge, refund)
    if outcome in _LATER:
        call.later(_LATER[outcome], refund["id"])
    return refund


def release(call: Call, charge: JSON, amount: int) -> None:
    """Let go of an authorised amount; Stripe shows it as a refund, though no money moves."""
    _give_back(call, charge, _reversal(call, charge, amount))


def expire(call: Call, charge: JSON) -> None:
    """The bank lets go of an authorised charge that nobody captured; `charge.expired` tells of it."""
    refund = _reversal(call, charge, charge["amount"])
    refund["reason"] = "expired_uncaptured_charge"
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    _count(charge, refund["amount"])
    call.store.insert(refund)
    call.store.save(charge)
    call.emit("charge.expired", charge, before)


def fail(call: Call, identifier: str) -> None:
    """A refund under way comes back, if it is still one."""
    refund = call.store.get(identifier)
    if refund is not None and refund["status"] in {"pending", "succeeded"}:
        _fail(call, refund)


def complete(call: Call, identifier: str) -> None:
    """A pending refund arrives, if it is still one."""
    refund = call.store.get(identifier)
    if refund is not None and refund["status"] == "pending":
        _complete(call, refund)


def decide(call: Call, refund: JSON, *, succeeds: bool, failure_reason: str | None) -> None:
    """The bank answers now: a pending refund arrives, a pending or succeeded one comes back.

    Raises `StripeError` 400 when the refund is not in such a status.
    """
    if refund["status"] != "pending" and (succeeds or refund["status"] != "succeeded"):
        raise refused(f"Refund {refund['id']} has status {refund['status']}, which is final.")
    if failure_reason is not None:
        refund["_sandbox"]["failure_reason"] = failure_reason
    if succeeds:
        _complete(call, refund)
    else:
        _fail(call, refund)


def _expected(call: Call, charge: JSON) -> tuple[str, str]:
    """What was set for the payment, else what its test method stands for."""
    method = call.load("payment_method", charge["payment_method"])
    intent = call.load("payment_intent", charge["payment_intent"])
    wanted = intent["_sandbox"].get("refunds", {})
    usual = "expired_or_canceled_card" if method["type"] == "card" else "declined"
    return wanted.get("outcome") or behaviour_of(method).refund, wanted.get("failure_reason") or usual


def _fail(call: Call, refund: JSON) -> None:
    """The amount is on our account again, the charge is less refunded."""
    charge = call.load("charge", refund["charge"])
    before = _status(refund)
    _mark_failed(call, charge, refund)
    _count(charge, -refund["amount"])
    call.store.save(refund)
    call.store.save(charge)
    _announce(call, refund, before)
    call.emit("refund.failed", refund)


def _complete(call: Call, refund: JSON) -> None:
    before = _status(refund)
    del refund["pending_reason"]
    refund["status"] = "succeeded"
    call.store.save(refund)
    _announce(call, refund, before)


def _mark_failed(call: Call, charge: JSON, refund: JSON) -> None:
    refund.pop("pending_reason", None)
    refund["status"] = "failed"
    refund["failure_reason"] = refund["_sandbox"]["failure_reason"]
    refund["failure_balance_transaction"] = _book(call, charge, refund, refund["amount"])


def _book(call: Call, charge: JSON, refund: JSON, amount: int) -> str:
    card = charge["payment_method_details"]["type"] == "card"
    kind = "refund" if card else "payment_refund"
    if amount > 0:
        kind = "refund_failure" if card else "payment_failure_refund"
    return book(call, refund["id"], amount, refund["currency"], kind=kind)


def _reversal(call: Call, charge: JSON, amount: int) -> JSON:
    refund = _new(charge, amount, call.now)
    refund["destination_details"]["card"] = {"type": "reversal"}
    refund["_sandbox"] = {"failure_reason": "unknown"}
    return refund


def _new(charge: JSON, amount: int, now: int) -> JSON:
    card = charge["payment_method_details"]["type"] == "card"
    reference = {
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
    return {
        "id": new_id("re" if card else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {"card": reference, "type": "card"} if card else None,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _give_back(call: Call, charge: JSON, refund: JSON) -> None:
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    _count(charge, refund["amount"])
    call.store.insert(refund)
    call.store.save(charge)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge, before)


def _status(refund: JSON) -> JSON:
    return {name: refund[name] for name in ("pending_reason", "status") if name in refund}


def _announce(call: Call, refund: JSON, before: JSON) -> None:
    call.emit("refund.updated", refund, before)
    call.emit("charge.refund.updated", refund, before)


def _count(charge: JSON, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
