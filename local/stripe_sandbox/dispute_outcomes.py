"""What becomes of disputes: they are opened, won, lost, closed, escalated, or run out of time."""

from typing import Literal

from local.stripe_sandbox.balance import book
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.errors import refused
from local.stripe_sandbox.new_dispute import new_dispute
from local.stripe_sandbox.payment_methods import behaviour_of
from local.stripe_sandbox.store import JSON

Verdict = Literal["won", "lost", "warning_closed", "escalated"]
UNANSWERED = frozenset({"needs_response", "warning_needs_response"})
_CLOSED = frozenset({"won", "lost", "warning_closed"})


def open_due(call: Call, charge_id: str) -> None:
    """The holder disputes the charge, as its test method stands for."""
    charge = call.store.get(charge_id)
    if charge is None or charge["disputed"]:
        return
    behaviour = behaviour_of(call.load("payment_method", charge["payment_method"]))
    reason, status = behaviour.dispute_reason or "general", behaviour.dispute_status
    open_dispute(call, charge, reason=reason, status=status, amount=charge["amount_captured"])


def open_dispute(call: Call, charge: JSON, *, reason: str, status: str, amount: int) -> JSON:
    """Dispute `amount` minor units of a captured charge; an inquiry takes no money yet.

    One that starts as `lost` is over at once, as with bank debits.
    Raises `StripeError` 400 when the charge was not paid or is disputed already.
    """
    if not charge["captured"] or charge["status"] != "succeeded" or charge["disputed"]:
        raise refused(f"Charge {charge['id']} cannot be disputed.")
    dispute = new_dispute(call, charge, reason=reason, status=status, amount=amount)
    charge["disputed"] = True
    call.store.insert(dispute)
    inquiry = status == "warning_needs_response"
    if inquiry:
        call.store.save(charge)
    else:
        _move_money(call, dispute, charge, -amount)
    call.emit("charge.dispute.created", dispute)
    if not inquiry:
        call.emit("charge.dispute.funds_withdrawn", dispute)
    if status == "lost":
        call.emit("charge.dispute.closed", dispute)
    else:
        call.store.schedule("expire_dispute", dispute["id"], call.configuration.dispute_window)
    return dispute


def decide(call: Call, dispute: JSON, verdict: Verdict) -> None:
    """The bank decides: a dispute is won or lost, an inquiry is closed or becomes a dispute.

    Raises `StripeError` 400 for what cannot become of it.
    """
    check_open(dispute)
    inquiry = dispute["status"].startswith("warning_")
    if inquiry != (verdict in {"warning_closed", "escalated"}):
        raise refused(f"Dispute {dispute['id']} has status {dispute['status']} and cannot become {verdict}.")
    if verdict == "escalated":
        _escalate(call, dispute)
    else:
        close_as(call, dispute, verdict)


def close_as(call: Call, dispute: JSON, status: str) -> None:
    """End an open dispute; a won one brings the money back."""
    before = {"status": dispute["status"]}
    dispute["status"] = status
    if status == "won":
        _move_money(call, dispute, call.load("charge", dispute["charge"]), dispute["amount"])
        call.emit("charge.dispute.funds_reinstated", dispute)
    call.store.save(dispute)
    call.emit("charge.dispute.closed", dispute, before)


def check_open(dispute: JSON) -> None:
    """Raises `StripeError` 400 when the dispute is over."""
    if dispute["status"] in _CLOSED:
        raise refused(f"Dispute {dispute['id']} is already closed, with status {dispute['status']}.")


def win_due(call: Call, identifier: str) -> None:
    """The bank accepts the evidence: the dispute is won, an inquiry closed."""
    dispute = _under_review(call, identifier)
    if dispute is not None:
        close_as(call, dispute, "warning_closed" if dispute["status"].startswith("warning_") else "won")


def lose_due(call: Call, identifier: str) -> None:
    """The bank rejects the evidence: the dispute is lost, an inquiry becomes one."""
    dispute = _under_review(call, identifier)
    if dispute is not None:
        decide(call, dispute, "escalated" if dispute["status"].startswith("warning_") else "lost")


def expire_due(call: Call, identifier: str) -> None:
    """The time to answer is over: an unanswered dispute is lost, an inquiry only past due."""
    dispute = call.store.get(identifier)
    if dispute is None or dispute["status"] not in UNANSWERED:
        return
    if dispute["evidence_details"]["due_by"] > call.now + 1:
        return
    dispute["evidence_details"]["past_due"] = True
    if dispute["status"] == "needs_response":
        close_as(call, dispute, "lost")
    else:
        call.store.save(dispute)
        call.emit("charge.dispute.updated", dispute, {"evidence_details": {"past_due": False}})


def _under_review(call: Call, identifier: str) -> JSON | None:
    dispute = call.store.get(identifier)
    return dispute if dispute is not None and dispute["status"].endswith("under_review") else None


def _escalate(call: Call, dispute: JSON) -> None:
    """An inquiry becomes a dispute: the money goes, and there is new time to answer."""
    before = {"status": dispute["status"], "is_charge_refundable": True}
    details = {"due_by": call.now + int(call.configuration.dispute_window), "past_due": False}
    dispute.update(is_charge_refundable=False, status="needs_response")
    dispute["evidence_details"].update(details)
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    _move_money(call, dispute, call.load("charge", dispute["charge"]), -dispute["amount"])
    call.store.save(dispute)
    call.emit("charge.dispute.updated", dispute, before)
    call.emit("charge.dispute.funds_withdrawn", dispute)
    call.store.schedule("expire_dispute", dispute["id"], call.configuration.dispute_window)


def _move_money(call: Call, dispute: JSON, charge: JSON, amount: int) -> None:
    """Book what leaves our account or comes back; while it is away, the charge cannot be refunded."""
    transaction = book(call, dispute["id"], amount, dispute["currency"], kind="adjustment")
    dispute["balance_transactions"].append(call.store.get(transaction))
    charge["_sandbox"] = {"charged_back": amount < 0}
    call.store.save(charge)
    call.store.save(dispute)
