"""Refunds at Stripe, over HTTP against the sandbox."""

import asyncio
import time

import pytest

from activities.gateways.payments import PaymentGateway
from domain.errors import PaymentRefused
from tests.activities.gateways.purchases import listed, new_order_number, pay, send_refund
from tests.fixtures.sandboxes import SandboxProcess


async def test_refund_pays_back_and_carries_its_key(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    refund = await send_refund(payments, number, paid.reference, "10.00")
    assert refund.reference is not None
    stored = (await listed(stripe_sandbox, "/v1/refunds", payment_intent=paid.reference))[0]
    assert (refund.status, refund.failure_reason) == ("succeeded", None)
    assert stored["amount"] == 1000
    assert stored["metadata"] == {"refund_key": f"{number}:refund:1", "order_number": number}
    assert await payments.retrieve_refund(refund.reference) == refund


async def test_refund_with_the_same_key_pays_once(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    first, second = await asyncio.gather(
        send_refund(payments, number, paid.reference, "10.00"),
        send_refund(payments, number, paid.reference, "10.00"),
        return_exceptions=True,
    )
    settled = await send_refund(payments, number, paid.reference, "10.00")
    assert settled in (first, second)
    assert len(await listed(stripe_sandbox, "/v1/refunds", payment_intent=paid.reference)) == 1


async def test_refund_with_another_key_pays_again(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    first = await send_refund(payments, number, paid.reference, "10.00", "refund:1")
    second = await send_refund(payments, number, paid.reference, "10.00", "refund:2")
    assert first.reference != second.reference


async def test_refund_of_more_than_is_left_is_refused(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    await send_refund(payments, number, paid.reference, "80.00", "refund:1")
    with pytest.raises(PaymentRefused):
        await send_refund(payments, number, paid.reference, "4.21", "refund:2")
    with pytest.raises(PaymentRefused):
        await send_refund(payments, number, paid.reference, "84.21", "refund:3")


async def test_refund_that_the_bank_sends_back_is_failed(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number, "pm_card_refundFail")
    refund = await send_refund(payments, number, paid.reference)
    assert refund.reference is not None
    deadline = time.monotonic() + 10
    while (now := await payments.retrieve_refund(refund.reference)).status != "failed":
        assert time.monotonic() < deadline
    assert now.failure_reason == "expired_or_canceled_card"
