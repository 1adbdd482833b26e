"""What the order needs of a payment provider."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from activities.payment_messages import RefundState
from activities.reversal_messages import DisputeState, ListedRefund


@dataclass(frozen=True, slots=True)
class PaymentIntentState:
    """A PaymentIntent as the provider knows it now.

    `status` is Stripe's (https://docs.stripe.com/payments/paymentintents/lifecycle), `amount_received` is in
    the payment's currency, `charge` is the newest charge, declined or not, and `decline_code` says why the
    last attempt failed. `capture_before` is until when the bank holds an authorised amount, where that is
    known, and `cancellation_reason` why it was cancelled. `client_secret` lets the shopper's browser pay
    and belongs in no log and no history.
    """

    reference: str
    client_secret: str | None = field(repr=False)
    status: str
    amount_received: Decimal
    charge: str | None = None
    decline_code: str | None = None
    capture_before: datetime | None = None
    cancellation_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ListedPayment:
    """A PaymentIntent in a list, with the order number and vendor that it was opened for."""

    reference: str
    status: str
    amount_received: Decimal
    currency: str
    order_number: str
    vendor_id: int


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Some PaymentIntents, newest first; `next_after` is the cursor of the next page, absent on the last.

    Those that were not opened for an order are left out, so a page may be empty and not the last.
    """

    payments: tuple[ListedPayment, ...]
    next_after: str | None


class PaymentGateway(Protocol):
    """Payments and refunds at a provider.

    Every method raises two of the domain's errors. PaymentRefused, with the provider's own `provider_code`,
    means that the same request will never succeed. PaymentProviderUnavailable means that it may later or that
    its outcome is not known: repeating it with the same key is safe. It carries `retry_after` in seconds when
    the provider named a time, and `attention` when time alone is not expected to mend it.
    """

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
        """A new PaymentIntent over `amount` of `currency`, or the one this key opened before.

        With `capture_later` paying it authorises the amount, and `capture` takes it.
        """

    async def retrieve(self, reference: str) -> PaymentIntentState:
        """How the PaymentIntent stands."""

    async def cancel(self, reference: str) -> PaymentIntentState:
        """Cancel the PaymentIntent, which is harmless to repeat; one that cannot be cancelled any more is
        answered as it stands, so the caller looks at `status`."""

    async def capture(
        self, reference: str, *, amount: Decimal, currency: str, idempotency_key: str
    ) -> PaymentIntentState:
        """Take `amount` of what is authorised and release the rest; once, however often it is asked.

        One that has nothing to capture is answered as it stands, so the caller looks at `status`.
        """

    async def refund(
        self, *, order_number: str, reference: str, amount: Decimal, currency: str, refund_key: str
    ) -> RefundState:
        """Pay `amount` of a received payment back, once for each `refund_key`, however often it is asked."""

    async def retrieve_refund(self, reference: str) -> RefundState:
        """How the refund stands."""

    async def list_payments(
        self, *, since: datetime, before: datetime, after: str | None, limit: int
    ) -> PaymentPage:
        """One page of the PaymentIntents created from `since` on and before `before`, whoever's."""

    async def list_refunds(self, reference: str) -> list[ListedRefund]:
        """All refunds of money that was received, whoever made them, oldest first."""

    async def list_disputes(self, reference: str) -> list[DisputeState]:
        """All disputes about a payment, oldest first."""
