"""What an e-mail tells of a dispute: from the database, and in plain words."""

from dataclasses import replace

from sqlalchemy import bindparam, select

from activities.emails.facts import DisputeFacts, OrderFacts
from activities.emails.formatting import moment, money
from db.direct import Direct
from db.tables import Dispute
from domain.disputes import DisputeOutcome, is_inquiry, outcome_of

# https://docs.stripe.com/disputes/categories
_REASONS = {
    "bank_cannot_process": "The bank could not process it.",
    "credit_not_processed": "The customer says that a refund they were promised never came.",
    "debit_not_authorized": "The customer says that they did not agree to the debit.",
    "duplicate": "The customer says that they were charged twice.",
    "fraudulent": "The customer says that they did not make this payment.",
    "incorrect_account_details": "The account details were not right.",
    "insufficient_funds": "There was not enough money on the account.",
    "product_not_received": "The customer says that the order has not arrived.",
    "product_unacceptable": "The customer says that the order was damaged or not as described.",
    "subscription_canceled": "The customer says that they had cancelled.",
    "unrecognized": "The customer does not recognise the payment.",
}
_DISPUTE = select(Dispute.amount, Dispute.reason, Dispute.status, Dispute.evidence_due_by).where(
    Dispute.order_id == bindparam("order_id"), Dispute.provider_reference == bindparam("reference")
)


async def with_dispute(direct: Direct, order: OrderFacts, email_key: str) -> OrderFacts:
    """The order together with the dispute that the e-mail's key names."""
    reference = email_key.split(":")[1]
    found = await direct.one(_DISPUTE, {"order_id": order.order_id, "reference": reference})
    facts = DisputeFacts(found.amount, found.reason, found.status, found.evidence_due_by)
    return replace(order, dispute=facts)


def dispute_opened(order: OrderFacts) -> str:
    """What happened, for the shop."""
    dispute = _dispute(order)
    amount = money(dispute.amount, order.currency)
    if is_inquiry(dispute.status):
        return f"The customer's bank asks about {amount} of this order. No money has been taken yet."
    return f"{amount} of this order are disputed. The bank keeps the money until it has decided."


def dispute_reason(order: OrderFacts) -> str:
    """Why, as far as the bank tells."""
    return _REASONS.get(_dispute(order).reason, "The bank gives no particular reason.")


def dispute_answer(order: OrderFacts) -> str:
    """What the shop can do, and until when."""
    answer_by = _dispute(order).answer_by
    if answer_by is None:
        return "There is nothing to answer."
    return (
        f"Send your evidence in Stripe until {moment(answer_by)}: what was ordered, where it was sent and "
        "what you agreed with the customer. Without an answer the dispute is lost."
    )


def dispute_outcome(order: OrderFacts) -> str:
    """How the dispute ended, for the shop."""
    dispute = _dispute(order)
    amount = money(dispute.amount, order.currency)
    if outcome_of(dispute.status) == DisputeOutcome.LOST:
        return f"The dispute is lost: {amount} went back to the customer. Please do not refund it again."
    if is_inquiry(dispute.status):
        return f"The bank has closed its inquiry: {amount} stays with you."
    return f"The dispute is won: {amount} comes back to you."


def _dispute(order: OrderFacts) -> DisputeFacts:
    if order.dispute is None:
        raise ValueError("there is no dispute to tell of")
    return order.dispute
