"""Stripe's objects as what the order needs of them."""

from datetime import UTC, datetime

import stripe

from activities.gateways.payments import ListedPayment, PaymentIntentState
from activities.gateways.stripe_authorizations import capture_before
from activities.payment_messages import RefundState
from activities.reversal_messages import DisputeState, ListedRefund
from domain.money import from_minor_units

# https://docs.stripe.com/api/refunds/object#refund_object-status
_REFUND_STATUSES = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


def payment_state(intent: stripe.PaymentIntent) -> PaymentIntentState:
    """A PaymentIntent as the order needs it."""
    failure = intent.last_payment_error
    return PaymentIntentState(
        reference=intent.id,
        client_secret=intent.client_secret,
        status=intent.status,
        amount_received=from_minor_units(intent.amount_received, intent.currency.upper()),
        charge=_id(intent.latest_charge),
        decline_code=getattr(failure, "decline_code", None) or getattr(failure, "code", None),
        capture_before=capture_before(intent),
        cancellation_reason=intent.cancellation_reason,
    )


def refund_state(refund: stripe.Refund) -> RefundState:
    """How a refund stands."""
    # A new status of Stripe's is one that has not ended yet.
    status = _REFUND_STATUSES.get(refund.status or "pending", "pending")
    reason = getattr(refund, "failure_reason", None)  # absent unless it failed
    if status == "failed" and reason is None:
        reason = refund.status
    return RefundState(reference=refund.id, status=status, failure_reason=reason)


def listed_refund(refund: stripe.Refund) -> ListedRefund:
    """A refund with whose it is."""
    state = refund_state(refund)
    return ListedRefund(
        reference=refund.id,
        amount=from_minor_units(refund.amount, refund.currency.upper()),
        status=state.status,
        refund_key=getattr(refund.metadata, "refund_key", None),
        failure_reason=state.failure_reason,
    )


def dispute_state(dispute: stripe.Dispute) -> DisputeState:
    """A dispute as the order needs it."""
    due_by = dispute.evidence_details.due_by
    return DisputeState(
        reference=dispute.id,
        amount=from_minor_units(dispute.amount, dispute.currency.upper()),
        currency=dispute.currency.upper(),
        reason=dispute.reason,
        status=dispute.status,
        opened_at=datetime.fromtimestamp(dispute.created, UTC),
        # Nought where nobody waits for evidence any more.
        evidence_due_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def listed_payment(intent: stripe.PaymentIntent) -> ListedPayment | None:
    """A PaymentIntent with the order it names; None for one that names none of ours."""
    order_number = getattr(intent.metadata, "order_number", None)
    vendor_id = getattr(intent.metadata, "vendor_id", None) or ""
    if order_number is None or not (vendor_id.isascii() and vendor_id.isdecimal()):
        return None  # somebody else's, in whatever currency
    currency = intent.currency.upper()
    return ListedPayment(
        reference=intent.id,
        status=intent.status,
        amount_received=from_minor_units(intent.amount_received, currency),
        currency=currency,
        order_number=order_number,
        vendor_id=int(vendor_id),
    )


def _id(reference: str | stripe.Charge | None) -> str | None:
    return reference if reference is None or isinstance(reference, str) else reference.id
