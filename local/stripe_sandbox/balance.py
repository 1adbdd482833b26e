"""Balance transactions: movements of money on the sandbox's account, without fees."""

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.store import JSON, new_id

# https://docs.stripe.com/reports/reporting-categories
_CATEGORIES = {
    "adjustment": "dispute",
    "payment": "charge",
    "payment_failure_refund": "refund_failure",
    "payment_refund": "refund",
}


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/balance_transactions/{id}`."""
    return call.load("balance_transaction", identifier)


def book(call: Call, source: str, amount: int, currency: str, *, kind: str) -> str:
    """Store a movement of `amount` minor units (negative: out) caused by `source`; answers its id."""
    transaction: JSON = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": call.now,
        "balance_type": "payments",
        "created": call.now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": _category(kind, amount),
        "source": source,
        "status": "available",
        "type": kind,
    }
    call.store.insert(transaction)
    return str(transaction["id"])


def _category(kind: str, amount: int) -> str:
    if kind == "adjustment" and amount > 0:
        return "dispute_reversal"
    return _CATEGORIES.get(kind, kind)
