"""Refunds and disputes of a payment as Stripe lists them, over HTTP against the sandbox."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import httpx

from activities.gateways.payments import PaymentGateway
from activities.reversal_messages import DisputeState
from tests.activities.gateways.purchases import new_order_number, open_payment, pay, send_refund
from tests.fixtures.ports import NO_TLS
from tests.fixtures.sandboxes import SandboxProcess


async def control(stripe_sandbox: SandboxProcess, path: str, **body: str | int | bool) -> None:
    async with httpx.AsyncClient(base_url=stripe_sandbox.url, timeout=10, verify=NO_TLS) as client:
        (await client.post(f"/_sandbox/{path}", json=body)).raise_for_status()


async def test_all_refunds_are_listed_whoever_made_them(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    ours = await send_refund(payments, number, paid.reference, "10.00")
    form = {"payment_intent": paid.reference, "amount": "250"}
    theirs = (await stripe_sandbox.post("/v1/refunds", form)).json()

    first, second = await payments.list_refunds(paid.reference)

    assert (first.reference, first.amount, first.refund_key) == (
        ours.reference,
        Decimal("10.00"),
        f"{number}:refund:1",
    )
    assert (second.reference, second.amount, second.status) == (theirs["id"], Decimal("2.50"), "succeeded")
    assert second.refund_key is None


async def test_refund_that_came_back_is_listed_as_failed(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number, "pm_card_refundFail")
    await send_refund(payments, number, paid.reference)
    deadline = time.monotonic() + 10
    while (listed := await payments.list_refunds(paid.reference))[0].status != "failed":
        assert time.monotonic() < deadline
    assert listed[0].failure_reason == "expired_or_canceled_card"


async def test_disputes_are_listed_with_their_deadline(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    paid = await pay(payments, stripe_sandbox, new_order_number())
    assert await payments.list_disputes(paid.reference) == []
    path = f"payment_intents/{paid.reference}/dispute"
    await control(stripe_sandbox, path, reason="duplicate", amount=1234)

    [dispute] = await payments.list_disputes(paid.reference)

    assert dispute == DisputeState(
        dispute.reference,
        Decimal("12.34"),
        "EUR",
        "duplicate",
        "needs_response",
        dispute.opened_at,
        dispute.evidence_due_by,
    )
    assert dispute.evidence_due_by is not None
    assert (dispute.evidence_due_by - dispute.opened_at).days == 9
    assert abs((datetime.now(UTC) - dispute.opened_at).total_seconds()) < 60
    await control(stripe_sandbox, f"disputes/{dispute.reference}/decide", outcome="lost")
    [decided] = await payments.list_disputes(paid.reference)
    assert decided.status == "lost"


async def test_unpaid_payment_has_neither(payments: PaymentGateway) -> None:
    opened = await open_payment(payments)
    assert await payments.list_refunds(opened.reference) == []
    assert await payments.list_disputes(opened.reference) == []
