"""Bank debits: the money comes days after the customer agreed, or does not come."""

from local.stripe_sandbox import attempts, charges, mandates
from local.stripe_sandbox.bank_accounts import BY_IBAN, FAILED
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.cards import Decline
from local.stripe_sandbox.charge_details import debit_details
from local.stripe_sandbox.errors import status_refusal
from local.stripe_sandbox.store import JSON

# Settlement delays that "at least three minutes" of a delayed test account are.
_DELAYED = 180
# Stripe names no failure code for it.
_CANCELED = Decline("payment_intent_payment_attempt_failed", None, "The payment was canceled.")


def start(call: Call, intent: JSON, method: JSON) -> None:
    """Order the debit: the PaymentIntent waits in `processing` with a pending charge.

    Raises `StripeError` 400 when the customer has given no mandate.
    """
    mandate = mandates.accept(call, intent, method)
    intent["status"] = "processing"
    charge = charges.attempt(call, intent, method, debit_details(method, mandate), pending=True)
    intent["latest_charge"] = charge["id"]
    intent["_sandbox"]["submitted"] = False
    call.store.save(intent)
    call.emit("payment_intent.processing", intent)
    account = BY_IBAN[method["_sandbox"]["iban"]]
    call.later("settle_debit", charge["id"], times=_DELAYED if account.delayed else 1)


def settle_due(call: Call, charge_id: str) -> None:
    """The bank answers as the test account says, unless that was decided before."""
    charge = call.store.get(charge_id)
    if charge is None or charge["status"] != "pending":
        return
    method = call.load("payment_method", charge["payment_method"])
    _settle(call, charge, method, BY_IBAN[method["_sandbox"]["iban"]].decline)


def settle(call: Call, intent: JSON, *, succeeds: bool, failure_code: str | None = None) -> None:
    """The bank answers at once, in this way.

    Raises `StripeError` 400 when no debit is under way.
    """
    check_processing(intent, "settle", "settled")
    charge = call.load("charge", intent["latest_charge"])
    method = call.load("payment_method", charge["payment_method"])
    decline = FAILED if failure_code is None else Decline(failure_code, None, FAILED.message)
    _settle(call, charge, method, None if succeeds else decline)


def submit(call: Call, intent: JSON) -> None:
    """The debit has gone to the bank: it cannot be cancelled any more.

    Raises `StripeError` 400 when no debit is under way.
    """
    check_processing(intent, "submit", "submitted")
    intent["_sandbox"]["submitted"] = True
    call.store.save(intent)


def cancel(call: Call, intent: JSON) -> bool:
    """Take the debit back if it has not gone to the bank; the caller cancels the PaymentIntent.

    Stripe lets a SEPA debit be cancelled in `processing`, within "a limited and varying time window":
    https://docs.stripe.com/payments/paymentintents/lifecycle.
    """
    if intent["_sandbox"]["submitted"]:
        return False
    charges.finish(call, call.load("charge", intent["latest_charge"]), _CANCELED)
    return True


def check_processing(intent: JSON, verb: str, participle: str) -> None:
    """Raises `StripeError` 400 when the PaymentIntent is in another status."""
    if intent["status"] != "processing":
        raise status_refusal(verb, participle, intent, ("processing",))


def _settle(call: Call, charge: JSON, method: JSON, decline: Decline | None) -> None:
    intent = call.load("payment_intent", charge["payment_intent"])
    charges.finish(call, charge, decline)
    if decline is None:
        attempts.succeed(call, intent, method, charge)
    else:
        attempts.fail(call, intent, attempts.decline_error(charge, method, decline))
