"""Mandates: the customer's permission to debit a bank account."""

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.errors import refused
from local.stripe_sandbox.store import JSON, new_id, random_text


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/mandates/{id}`."""
    return call.load("mandate", identifier)


def accept(call: Call, intent: JSON, method: JSON) -> str:
    """Store the mandate that the call's `mandate_data` gives for one payment; answers its id.

    Raises `StripeError` 400 without `mandate_data`: nobody may be debited without a mandate.
    """
    given = call.params.get("mandate_data")
    if given is None:
        raise refused(
            "This PaymentIntent requires a mandate, but no existing mandate was found. Ensure that your "
            "Customer, PaymentMethod combination has an existing, valid mandate. If not, you can provide "
            "mandate_data to set up a new mandate during confirmation."
        )
    acceptance = given["customer_acceptance"]
    kind = acceptance["type"]
    entered = {name: text for name, text in acceptance.get(kind, {}).items() if name != "infer_from_client"}
    identifier = new_id("mandate")
    mandate: JSON = {
        "id": identifier,
        "object": "mandate",
        "customer_acceptance": {
            "accepted_at": acceptance.get("accepted_at", call.now),
            kind: {"ip_address": None, "user_agent": None} | entered if kind == "online" else {},
            "type": kind,
        },
        "livemode": False,
        "payment_method": method["id"],
        "payment_method_details": {
            "sepa_debit": {
                "reference": random_text(16).upper(),
                "url": f"{call.configuration.address}/objects/{identifier}",
            },
            "type": "sepa_debit",
        },
        "single_use": {"amount": intent["amount"], "currency": intent["currency"]},
        "status": "active",
        "type": "single_use",
    }
    call.store.insert(mandate)
    return identifier
