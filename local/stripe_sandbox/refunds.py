"""Refunds, and how each test card makes them succeed, fail later, or wait."""

from local.stripe_sandbox.balance import book
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.errors import StripeError, parameter_missing, refused
from local.stripe_sandbox.lists import by_parent
from local.stripe_sandbox.money import written
from local.stripe_sandbox.parameters import merge_metadata
from local.stripe_sandbox.payment_methods import card_of
from local.stripe_sandbox.store import JSON, new_id


def create(call: Call) -> JSON:
    """`POST /v1/refunds`.

    Raises `StripeError` 400: nothing to refund, already refunded, disputed, or more than is left.
    """
    charge = _charge(call)
    _check_refundable(charge)
    # What a partial capture released counts as refunded too, so both sides start from the authorised amount.
    left = charge["amount"] - charge["amount_refunded"]
    if left <= 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = call.params.get("amount", left)
    if amount > left:
        raise _too_much(charge, amount, left)
    return make(
        call,
        charge,
        amount,
        reason=call.params.get("reason"),
        metadata=merge_metadata({}, call.params.get("metadata", {})),
    )


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/refunds/{id}`."""
    return call.load("refund", identifier)


def list_all(call: Call) -> JSON:
    """`GET /v1/refunds`."""
    return by_parent(call, "refund", "/v1/refunds")


def update(call: Call, identifier: str) -> JSON:
    """`POST /v1/refunds/{id}`: metadata only."""
    refund = call.load("refund", identifier)
    if "metadata" in call.params:
        before = refund["metadata"]
        refund["metadata"] = merge_metadata(before, call.params["metadata"])
        call.store.save(refund)
        _announce(call, refund, {"metadata": before})
    return refund


def cancel(call: Call, identifier: str) -> JSON:
    """`POST /v1/refunds/{id}/cancel`: only while it waits for action, which card refunds never do."""
    refund = call.load("refund", identifier)
    if refund["status"] != "requires_action":
        raise refused(
            f"Refund {identifier} cannot be canceled: only refunds with status requires_action can be, and "
            f"this one has status {refund['status']}."
        )
    return refund


def make(call: Call, charge: JSON, amount: int, *, reason: str | None, metadata: dict[str, str]) -> JSON:
    """Refund `amount` minor units of a captured charge and send the events."""
    method = call.store.get(charge["payment_method"])
    behaviour = card_of(method).refund if method is not None else "succeeds"
    refund = _new(call, charge, amount) | {"metadata": metadata, "reason": reason}
    refund["status"] = "pending" if behaviour == "pends" else "succeeded"
    refund["balance_transaction"] = book(call, refund["id"], -amount, charge["currency"], kind="refund")
    _give_back(call, charge, refund)
    if behaviour != "succeeds":
        call.later("fail_refund" if behaviour == "fails" else "complete_refund", refund["id"])
    return refund


def release(call: Call, charge: JSON, amount: int) -> None:
    """Let go of an authorised amount; Stripe shows it as a refund, though no money moves."""
    refund = _new(call, charge, amount)
    refund["destination_details"]["card"]["type"] = "reversal"
    _give_back(call, charge, refund)


def fail(call: Call, identifier: str) -> None:
    """The bank sends a refund back: the amount is on our account again, the charge is less refunded."""
    refund = call.store.get(identifier)
    if refund is None or refund["status"] == "failed":
        return
    charge = call.load("charge", refund["charge"])
    before = {"status": refund["status"]}
    refund["status"] = "failed"
    refund["failure_reason"] = "expired_or_canceled_card"
    refund["failure_balance_transaction"] = book(
        call, refund["id"], refund["amount"], refund["currency"], kind="refund_failure"
    )
    _count(charge, -refund["amount"])
    call.store.save(refund)
    call.store.save(charge)
    _announce(call, refund, before)
    call.emit("refund.failed", refund)


def complete(call: Call, identifier: str) -> None:
    """A pending refund arrives."""
    refund = call.store.get(identifier)
    if refund is None or refund["status"] != "pending":
        return
    refund["status"] = "succeeded"
    call.store.save(refund)
    _announce(call, refund, {"status": "pending"})


def _new(call: Call, charge: JSON, amount: int) -> JSON:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
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


def _announce(call: Call, refund: JSON, before: JSON) -> None:
    call.emit("refund.updated", refund, before)
    call.emit("charge.refund.updated", refund, before)


def _count(charge: JSON, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]


def _charge(call: Call) -> JSON:
    if "charge" in call.params:
        return call.load("charge", call.params["charge"], param="charge")
    if "payment_intent" not in call.params:
        raise parameter_missing("payment_intent")
    intent = call.load("payment_intent", call.params["payment_intent"], param="payment_intent")
    charge = call.store.get(intent["latest_charge"]) if intent["latest_charge"] else None
    if charge is None or charge["status"] != "succeeded":
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise refused(message, param="payment_intent")
    return charge


def _check_refundable(charge: JSON) -> None:
    if charge["status"] != "succeeded":
        raise refused(f"Charge {charge['id']} has failed; there is nothing to refund.", param="charge")
    if not charge["captured"]:
        raise refused(
            f"This uncaptured Charge was created by a PaymentIntent ({charge['payment_intent']}). You must "
            "cancel the PaymentIntent to reverse the authorization instead of refunding the Charge directly."
        )
    if charge.get("_sandbox", {}).get("charged_back", False):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise refused(message, code="charge_disputed")


def _too_much(charge: JSON, amount: int, left: int) -> StripeError:
    asked, present = written(amount, charge["currency"]), written(left, charge["currency"])
    noun = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
    return refused(f"Refund amount ({asked}) is greater than {noun} ({present})", param="amount")
