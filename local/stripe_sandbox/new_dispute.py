"""The dispute object as it is when it is opened."""

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.store import JSON, new_id

EVIDENCE_TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
EVIDENCE_FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
# Visa's and others' codes by reason: https://docs.stripe.com/disputes/categories
_NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1", "duplicate": "12.6.1"}


def new_dispute(call: Call, charge: JSON, *, reason: str, status: str, amount: int) -> JSON:
    """A dispute over `amount` minor units of a charge, not stored yet."""
    inquiry = status == "warning_needs_response"
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys((*EVIDENCE_TEXTS, *EVIDENCE_FILES)), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": None if status == "lost" else call.now + int(call.configuration.dispute_window),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _method_details(charge, reason, inquiry=inquiry),
        "reason": reason,
        "status": status,
    }


def _method_details(charge: JSON, reason: str, *, inquiry: bool) -> JSON | None:
    """Only card networks have case types and codes to tell."""
    if charge["payment_method_details"]["type"] != "card":
        return None
    brand = charge["payment_method_details"]["card"]["brand"]
    card = {
        "brand": brand,
        "case_type": "inquiry" if inquiry else "chargeback",
        "network": brand,
        "network_reason_code": _NETWORK_CODES.get(reason, "10.4"),
    }
    return {"card": card, "type": "card"}
