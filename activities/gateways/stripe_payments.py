"""Stripe as the payment provider."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from math import ceil

import stripe
from stripe.params import PaymentIntentCreateParams, PaymentIntentListParams

from activities.gateways.payments import PaymentIntentState, PaymentPage
from activities.gateways.stripe_authorizations import is_release
from activities.gateways.stripe_errors import (
    as_domain_error,
    is_replayed_server_error,
    is_unexpected_state,
    unsettled,
)
from activities.gateways.stripe_http import StripeConnections
from activities.gateways.stripe_objects import (
    dispute_state,
    listed_payment,
    listed_refund,
    payment_state,
    refund_state,
)
from activities.payment_messages import RefundState
from activities.reversal_messages import DisputeState, ListedRefund
from domain.money import to_minor_units

_KEYS = 3
_PAGE = 100


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
                return payment_state(intent)
        raise unsettled("the payment's opening")

    async def retrieve(self, reference: str) -> PaymentIntentState:
        """See PaymentGateway."""
        with _domain_errors():
            return payment_state(
                await self._payment_intents.retrieve_async(reference, {"expand": ["latest_charge"]})
            )

    async def cancel(self, reference: str) -> PaymentIntentState:
        """See PaymentGateway.

        Sent without a key of ours: under one, the refusal of a payment in progress would be kept and would
        meet the next attempt as well.
        """
        try:
            return payment_state(await self._payment_intents.cancel_async(reference))
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
                return payment_state(captured)
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
        return refund_state(refund)

    async def retrieve_refund(self, reference: str) -> RefundState:
        """See PaymentGateway."""
        with _domain_errors():
            return refund_state(await self._refunds.retrieve_async(reference))

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
        payments = tuple(payment for intent in listed.data if (payment := listed_payment(intent)))
        return PaymentPage(payments, listed.data[-1].id if listed.has_more else None)

    async def list_refunds(self, reference: str) -> list[ListedRefund]:
        """See PaymentGateway."""
        with _domain_errors():
            listed = await self._refunds.list_async({"payment_intent": reference, "limit": _PAGE})
            refunds = [
                listed_refund(refund) async for refund in listed.auto_paging_iter() if not is_release(refund)
            ]
        return refunds[::-1]

    async def list_disputes(self, reference: str) -> list[DisputeState]:
        """See PaymentGateway."""
        with _domain_errors():
            listed = await self._disputes.list_async({"payment_intent": reference, "limit": _PAGE})
            disputes = [dispute_state(dispute) async for dispute in listed.auto_paging_iter()]
        return disputes[::-1]

    async def _find_refund(self, reference: str, refund_key: str) -> RefundState | None:
        listed = await self._refunds.list_async({"payment_intent": reference, "limit": _PAGE})
        async for refund in listed.auto_paging_iter():
            if getattr(refund.metadata, "refund_key", None) == refund_key:
                return refund_state(refund)
        return None


@contextmanager
def _domain_errors() -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        raise as_domain_error(error) from None


def _fixed_keys(key: str) -> list[str]:
    return [key, *(f"{key}:{number}" for number in range(2, _KEYS + 1))]
