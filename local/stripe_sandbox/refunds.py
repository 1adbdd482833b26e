"""Refunds of what was paid."""

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.errors import StripeError, parameter_missing, refused
from local.stripe_sandbox.lists import filtered
from local.stripe_sandbox.money import written
from local.stripe_sandbox.parameters import merge_metadata
from local.stripe_sandbox.refund_outcomes import make
from local.stripe_sandbox.store import JSON


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
    return filtered(call, "refund", "/v1/refunds")


def update(call: Call, identifier: str) -> JSON:
    """`POST /v1/refunds/{id}`: metadata only."""
    refund = call.load("refund", identifier)
    if "metadata" in call.params:
        before = refund["metadata"]
        refund["metadata"] = merge_metadata(before, call.params["metadata"])
        call.store.save(refund)
        call.emit("refund.updated", refund, {"metadata": before})
        call.emit("charge.refund.updated", refund, {"metadata": before})
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
