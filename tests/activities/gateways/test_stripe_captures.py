"""Authorised amounts at Stripe and their capture, over HTTP against the sandbox."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from activities.gateways.payments import PaymentGateway
from domain.errors import PaymentProviderUnavailable, PaymentRefused
from tests.activities.gateways.purchases import (
    arm,
    authorize,
    capture,
    listed,
    new_order_number,
    open_payment,
    pay,
    send_refund,
)
from tests.fixtures.sandboxes import SandboxProcess
from tests.workflows.payments import control

CAPTURES = "/v1/payment_intents/*/capture"


async def test_authorised_payment_says_until_when_it_is_held(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    held = await authorize(payments, stripe_sandbox, new_order_number())
    stored = await stripe_sandbox.intent(held.reference)
    assert (stored["capture_method"], stored["amount_capturable"]) == ("manual", 8420)
    assert (held.status, held.amount_received) == ("requires_capture", Decimal("0.00"))
    assert held.charge is not None
    assert held.capture_before is not None
    assert timedelta(days=6) < held.capture_before - datetime.now(UTC) <= timedelta(days=7)


async def test_payment_taken_at_once_has_no_such_moment(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    paid = await pay(payments, stripe_sandbox, new_order_number())
    assert (paid.status, paid.capture_before) == ("succeeded", None)


async def test_open_with_the_key_of_another_way_to_capture_is_refused(payments: PaymentGateway) -> None:
    number = new_order_number()
    first = await open_payment(payments, order_number=number, capture_later=True)
    assert await open_payment(payments, order_number=number, capture_later=True) == first
    with pytest.raises(PaymentRefused):
        await open_payment(payments, order_number=number)


async def test_capture_takes_the_amount_and_may_be_repeated(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    held = await authorize(payments, stripe_sandbox, number)
    taken = await capture(payments, number, held.reference)
    assert (taken.status, taken.amount_received, taken.charge) == ("succeeded", Decimal("84.20"), held.charge)
    assert await capture(payments, number, held.reference) == taken
    assert await capture(payments, number, held.reference, key="capture:2") == taken
    assert await payments.retrieve(held.reference) == taken


async def test_two_captures_at_once_take_the_amount_once(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    held = await authorize(payments, stripe_sandbox, number)
    await asyncio.gather(
        capture(payments, number, held.reference),
        capture(payments, number, held.reference, key="capture:2"),
        return_exceptions=True,
    )
    assert (await payments.retrieve(held.reference)).amount_received == Decimal("84.20")


async def test_partial_capture_releases_the_rest_which_is_no_refund(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    held = await authorize(payments, stripe_sandbox, number)
    taken = await capture(payments, number, held.reference, "80.00")
    assert taken.amount_received == Decimal("80.00")
    assert len(await listed(stripe_sandbox, "/v1/refunds", payment_intent=held.reference)) == 1
    assert await payments.list_refunds(held.reference) == []
    await send_refund(payments, number, held.reference, "5.00")
    [refund] = await payments.list_refunds(held.reference)
    assert (refund.amount, refund.refund_key) == (Decimal("5.00"), f"{number}:refund:1")


async def test_capture_of_more_than_is_held_is_refused(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    held = await authorize(payments, stripe_sandbox, number)
    with pytest.raises(PaymentRefused) as refusal:
        await capture(payments, number, held.reference, "84.21")
    assert refusal.value.fields == {"provider_code": "amount_too_large"}


async def test_capture_of_an_authorisation_that_ran_out_answers_how_it_stands(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    held = await authorize(payments, stripe_sandbox, number)
    await control(stripe_sandbox, f"payment_intents/{held.reference}/expire")
    gone = await capture(payments, number, held.reference)
    assert (gone.status, gone.cancellation_reason) == ("canceled", "automatic")
    assert gone.capture_before is None
    assert await payments.list_refunds(held.reference) == []


async def test_cancel_lets_go_of_an_authorised_amount(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    held = await authorize(payments, stripe_sandbox, new_order_number())
    gone = await payments.cancel(held.reference)
    assert (gone.status, gone.amount_received) == ("canceled", Decimal("0.00"))
    assert gone.cancellation_reason != "automatic"


async def test_cancel_of_a_captured_payment_answers_that_it_is_paid(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    held = await authorize(payments, stripe_sandbox, number)
    taken = await capture(payments, number, held.reference)
    assert await payments.cancel(held.reference) == taken


@pytest.mark.parametrize("kind", ["lost_answer", "error_500", "error_500_after_effect"])
async def test_capture_whose_answer_is_lost_is_found_by_the_next_attempt(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess, kind: str
) -> None:
    number = new_order_number()
    held = await authorize(payments, stripe_sandbox, number)
    await arm(stripe_sandbox, kind=kind, method="POST", path=CAPTURES, times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await capture(payments, number, held.reference)
    taken = await capture(payments, number, held.reference)
    assert (taken.status, taken.amount_received) == ("succeeded", Decimal("84.20"))
