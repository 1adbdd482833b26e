"""Stripe as the payment provider."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil

import stripe
from stripe.params import PaymentIntentCreateParams, PaymentIntentListParams

from activities.gateways.payments import ListedPayment, PaymentIntentState, PaymentPage
from activities.gateways.stripe_authorizations import capture_before, is_release
from activities.gateways.stripe_errors import (
    as_domain_error,
    is_replayed_server_error,
    is_unexpected_state,
    unsettled,
)
from activities.gateways.stripe_http import StripeConnections
from activities.messages import RefundState
from activities.reversal_messages import DisputeState, ListedRefund
from domain.money import from_minor_units, to_minor_units

_KEYS = 3
_PAGE = 100

# https://docs.stripe.com/api/refunds/object#refund_object-status
_REFUND_STATUSES = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


class StripePayments:
    """The PaymentGateway over Stripe's API v1, with one pool of connections; `timeout` is in seconds.

    It repeats nothing by itself: whoever calls decides when to try again.
    """

    def __init__(self, secret_key: str, api_url: str | None, timeout: float) -> None:
        self._http = StripeConnections(timeout)
        client = stripe.StripeClient(
            secret_key,
            base_addresses={} if api_url is None else {"api": api_url},
            http_client=self._http,
            max_network_retries=0,
        )
        self._payment_intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._disputes = client.v1.disputes

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    async def open(
        self,
        *,
        order_number: str,
        vendor_id: int,
        amount: Decimal,
        currency: str,
        idempotency_key: str,
        capture_later: bool = False,
    ) -> PaymentIntentState:
        """See PaymentGateway.

        A server error kept under the key is left behind with the next key of a fixed row. The PaymentIntent
        that may exist all the same is harmless: nobody has its client secret, so nobody can pay it.
        """
        params: PaymentIntentCreateParams = {
            "amount": to_minor_units(amount, currency),
            "currency": currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "description": order_number,
            "metadata": {"order_number": order_number, "vendor_id": str(vendor_id)},
        }
        if capture_later:
            params["capture_method"] = "manual"
        for key in _fixed_keys(idempotency_key):
            try:
                intent = await self._payment_intents.create_async(params, {"idempotency_key": key})
            except stripe.StripeError as error:
                if not is_replayed_server_error(error):
                    raise as_domain_error(error) from None
            else:
                return _payment_state(intent)
        raise unsettled("the payment's opening")

    async def retrieve(self, reference: str) -> PaymentIntentState:
        """See PaymentGateway."""
        with _domain_errors():
            return _payment_state(
                await self._payment_intents.retrieve_async(reference, {"expand": ["latest_charge"]})
            )

    async def cancel(self, reference: str) -> PaymentIntentState:
        """See PaymentGateway.

        Sent without a key of ours: under one, the refusal of a payment in progress would be kept and would
        meet the next attempt as well.
        """
        try:
            return _payment_state(await self._payment_intents.cancel_async(reference))
        except stripe.StripeError as error:
            if not is_unexpected_state(error):
                raise as_domain_error(error) from None
        return await self.retrieve(reference)

    async def capture(
        self, reference: str, *, amount: Decimal, currency: str, idempotency_key: str
    ) -> PaymentIntentState:
        """See PaymentGateway.

        A server error kept under the key is left behind as in `open`: a PaymentIntent is captured only once,
        and a second attempt is answered that it has been.
        """
        for key in _fixed_keys(idempotency_key):
            try:
                captured = await self._payment_intents.capture_async(
                    reference,
                    {"amount_to_capture": to_minor_units(amount, currency)},
                    {"idempotency_key": key},
                )
            except stripe.StripeError as error:
                if is_unexpected_state(error):
                    return await self.retrieve(reference)
                if not is_replayed_server_error(error):
                    raise as_domain_error(error) from None
            else:
                return _payment_state(captured)
        raise unsettled("the capture")

    async def refund(
        self, *, order_number: str, reference: str, amount: Decimal, currency: str, refund_key: str
    ) -> RefundState:
        """See PaymentGateway.

        Stripe may forget an idempotency key after a day and answers a server error with it until then, so
        the payment's refunds are looked through first. Another key is never used: the first attempt might
        have paid (https://docs.stripe.com/error-low-level#server-errors).
        """
        with _domain_errors():
            found = await self._find_refund(reference, refund_key)
        if found is not None:
            return found
        try:
            refund = await self._refunds.create_async(
                {
                    "payment_intent": reference,
                    "amount": to_minor_units(amount, currency),
                    "metadata": {"refund_key": refund_key, "order_number": order_number},
                },
                {"idempotency_key": refund_key},
            )
        except stripe.StripeError as error:
            if is_replayed_server_error(error):
                raise unsettled("the refund") from None
            raise as_domain_error(error) from None
        return _refund_state(refund)

    async def retrieve_refund(self, reference: str) -> RefundState:
        """See PaymentGateway."""
        with _domain_errors():
            return _refund_state(await self._refunds.retrieve_async(reference))

    async def list_payments(
        self, *, since: datetime, before: datetime, after: str | None, limit: int
    ) -> PaymentPage:
        """See PaymentGateway; Stripe's `created` counts whole seconds."""
        params: PaymentIntentListParams = {
            "created": {"gte": int(since.timestamp()), "lt": ceil(before.timestamp())},
            "limit": limit,
        }
        if after is not None:
            params["starting_after"] = after
        with _domain_errors():
            listed = await self._payment_intents.list_async(params)
        payments = tuple(payment for intent in listed.data if (payment := _listed_payment(intent)))
        return PaymentPage(payments, listed.data[-1].id if listed.has_more else None)

    async def list_refunds(self, reference: str) -> list[ListedRefund]:
        """See PaymentGateway."""
        with _domain_errors():
            listed = await self._refunds.list_async({"payment_intent": reference, "limit": _PAGE})
            refunds = [
                _listed_refund(refund) async for refund in listed.auto_paging_iter() if not is_release(refund)
            ]
        return refunds[::-1]

    async def list_disputes(self, reference: str) -> list[DisputeState]:
        """See PaymentGateway."""
        with _domain_errors():
            listed = await self._disputes.list_async({"payment_intent": reference, "limit": _PAGE})
            disputes = [_dispute_state(dispute) async for dispute in listed.auto_paging_iter()]
        return disputes[::-1]

    async def _find_refund(self, reference: str, refund_key: str) -> RefundState | None:
        listed = await self._refunds.list_async({"payment_intent": reference, "limit": _PAGE})
        async for refund in listed.auto_paging_iter():
            if getattr(refund.metadata, "refund_key", None) == refund_key:
                return _refund_state(refund)
        return None


@contextmanager
def _domain_errors() -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        raise as_domain_error(error) from None


def _fixed_keys(key: str) -> list[str]:
    return [key, *(f"{key}:{number}" for number in range(2, _KEYS + 1))]


def _payment_state(intent: stripe.PaymentIntent) -> PaymentIntentState:
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


def _refund_state(refund: stripe.Refund) -> RefundState:
    # A new status of Stripe's is one that has not ended yet.
    status = _REFUND_STATUSES.get(refund.status or "pending", "pending")
    reason = getattr(refund, "failure_reason", None)  # absent unless it failed
    if status == "failed" and reason is None:
        reason = refund.status
    return RefundState(reference=refund.id, status=status, failure_reason=reason)


def _listed_refund(refund: stripe.Refund) -> ListedRefund:
    state = _refund_state(refund)
    return ListedRefund(
        reference=refund.id,
        amount=from_minor_units(refund.amount, refund.currency.upper()),
        status=state.status,
        refund_key=getattr(refund.metadata, "refund_key", None),
        failure_reason=state.failure_reason,
    )


def _dispute_state(dispute: stripe.Dispute) -> DisputeState:
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


def _listed_payment(intent: stripe.PaymentIntent) -> ListedPayment | None:
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
