"""Disputes, opened right after a charge on the cards that stand for them."""

from local.stripe_sandbox.balance import book
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.lists import by_parent
from local.stripe_sandbox.payment_methods import card_of
from local.stripe_sandbox.store import JSON, new_id

# Card networks leave seven to twenty-one days to answer: https://docs.stripe.com/disputes/responding
EVIDENCE_SECONDS = 9 * 86_400
_EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/disputes/{id}`."""
    return call.load("dispute", identifier)


def list_all(call: Call) -> JSON:
    """`GET /v1/disputes`."""
    return by_parent(call, "dispute", "/v1/disputes")


def open_dispute(call: Call, charge_id: str) -> None:
    """Dispute a charge in full; an inquiry takes no money yet."""
    charge = call.store.get(charge_id)
    if charge is None or charge["disputed"]:
        return
    dispute = _new(call, charge)
    inquiry = dispute["status"] == "warning_needs_response"
    charge["disputed"] = True
    charge["_sandbox"] = {"charged_back": not inquiry}
    call.store.save(charge)
    if not inquiry:
        transaction = book(call, dispute["id"], -dispute["amount"], dispute["currency"], kind="adjustment")
        dispute["balance_transactions"] = [call.store.get(transaction)]
    call.store.insert(dispute)
    call.emit("charge.dispute.created", dispute)
    if not inquiry:
        call.emit("charge.dispute.funds_withdrawn", dispute)


def _new(call: Call, charge: JSON) -> JSON:
    method = call.store.get(charge["payment_method"])
    card = card_of(method) if method is not None else None
    status = card.dispute_status if card is not None else "needs_response"
    inquiry = status == "warning_needs_response"
    brand = charge["payment_method_details"]["card"]["brand"]
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now + EVIDENCE_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": brand,
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": brand,
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": (card and card.dispute_reason) or "general",
        "status": status,
    }
