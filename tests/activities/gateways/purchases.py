"""Purchases at the Stripe sandbox: opened and refunded through the gateway, paid by the shopper."""

import itertools
from decimal import Decimal
from typing import Any

import httpx

from activities.gateways.payments import PaymentGateway, PaymentIntentState
from activities.payment_messages import RefundState
from tests.fixtures.ports import NO_TLS
from tests.fixtures.sandboxes import SandboxProcess

_numbers = itertools.count(1)


def new_order_number() -> str:
    return f"ACME-20261122-{next(_numbers):05}"


async def open_payment(
    payments: PaymentGateway,
    *,
    order_number: str | None = None,
    amount: str = "84.20",
    currency: str = "EUR",
    capture_later: bool = False,
) -> PaymentIntentState:
    number = order_number or new_order_number()
    return await payments.open(
        order_number=number,
        vendor_id=7,
        amount=Decimal(amount),
        currency=currency,
        idempotency_key=f"{number}:payment",
        capture_later=capture_later,
    )


async def arm(stripe_sandbox: SandboxProcess, **fault: str | float) -> None:
    await stripe_sandbox.faults("POST", "/_sandbox/faults", dict(fault))


async def listed(stripe_sandbox: SandboxProcess, path: str, **query: str) -> list[dict[str, Any]]:
    """The newest objects of a kind, as Stripe lists them."""
    async with httpx.AsyncClient(
        base_url=stripe_sandbox.url, auth=(stripe_sandbox.secret_key, ""), verify=NO_TLS
    ) as client:
        answer = await client.get(path, params={"limit": "100", **query})
    listed: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
    return listed


async def pay(
    payments: PaymentGateway,
    stripe_sandbox: SandboxProcess,
    order_number: str,
    payment_method: str = "pm_card_visa",
) -> PaymentIntentState:
    opened = await open_payment(payments, order_number=order_number)
    (await stripe_sandbox.confirm(opened.reference, payment_method)).raise_for_status()
    return await payments.retrieve(opened.reference)


async def authorize(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess, order_number: str
) -> PaymentIntentState:
    opened = await open_payment(payments, order_number=order_number, capture_later=True)
    (await stripe_sandbox.confirm(opened.reference)).raise_for_status()
    return await payments.retrieve(opened.reference)


async def capture(
    payments: PaymentGateway, order_number: str, reference: str, amount: str = "84.20", key: str = "capture"
) -> PaymentIntentState:
    return await payments.capture(
        reference, amount=Decimal(amount), currency="EUR", idempotency_key=f"{order_number}:{key}"
    )


async def send_refund(
    payments: PaymentGateway, order_number: str, reference: str, amount: str = "84.20", key: str = "refund:1"
) -> RefundState:
    return await payments.refund(
        order_number=order_number,
        reference=reference,
        amount=Decimal(amount),
        currency="EUR",
        refund_key=f"{order_number}:{key}",
    )
