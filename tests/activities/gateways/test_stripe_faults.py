"""Stripe failing at every point: nobody pays twice and nobody is paid back twice."""

import asyncio

import pytest

from activities.gateways.payments import PaymentGateway, PaymentIntentState
from activities.gateways.stripe_payments import StripePayments
from domain.errors import CurrencyNotSupported, PaymentProviderUnavailable
from tests.activities.gateways.purchases import arm, listed, new_order_number, open_payment, pay, send_refund
from tests.fixtures.sandboxes import SandboxProcess


async def test_open_in_an_unsupported_currency_asks_nobody(payments: PaymentGateway) -> None:
    with pytest.raises(CurrencyNotSupported):
        await open_payment(payments, currency="KWD")


async def test_lost_answer_to_open_is_found_with_the_same_key(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    await arm(stripe_sandbox, kind="lost_answer", path="/v1/payment_intents", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await open_payment(payments, order_number=number)
    await open_payment(payments, order_number=number)
    made = [
        one for one in await listed(stripe_sandbox, "/v1/payment_intents") if one["description"] == number
    ]
    assert len(made) == 1


async def test_lost_answer_to_refund_pays_once(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    await arm(stripe_sandbox, kind="lost_answer", method="POST", path="/v1/refunds", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await send_refund(payments, number, paid.reference, "10.00")
    await send_refund(payments, number, paid.reference, "10.00")
    assert len(await listed(stripe_sandbox, "/v1/refunds", payment_intent=paid.reference)) == 1


async def test_open_gets_past_a_server_error_that_stripe_keeps(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    await arm(stripe_sandbox, kind="error_500_after_effect", path="/v1/payment_intents", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await open_payment(payments, order_number=number)
    opened = await open_payment(payments, order_number=number)
    assert opened.status == "requires_payment_method"
    assert await open_payment(payments, order_number=number) == opened


async def test_open_gives_up_when_stripe_keeps_a_server_error_under_every_key(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    await arm(stripe_sandbox, kind="error_500_after_effect", path="/v1/payment_intents")
    for _ in range(3):
        with pytest.raises(PaymentProviderUnavailable):
            await open_payment(payments, order_number=number)
    await stripe_sandbox.faults("DELETE", "/_sandbox/faults")
    with pytest.raises(PaymentProviderUnavailable) as unavailable:
        await open_payment(payments, order_number=number)
    assert unavailable.value.fields == {"attention": True}


async def test_refund_behind_a_kept_server_error_is_found_and_not_paid_again(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    await arm(stripe_sandbox, kind="error_500_after_effect", method="POST", path="/v1/refunds", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await send_refund(payments, number, paid.reference, "10.00")
    refund = await send_refund(payments, number, paid.reference, "10.00")
    found = await listed(stripe_sandbox, "/v1/refunds", payment_intent=paid.reference)
    assert [one["id"] for one in found] == [refund.reference]


async def test_refund_without_effect_behind_a_kept_server_error_waits_for_a_human(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    (await send_refund(payments, number, paid.reference, "84.20", "refund:1"))
    await arm(stripe_sandbox, kind="error_500_after_effect", method="POST", path="/v1/refunds", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await send_refund(payments, number, paid.reference, "10.00", "refund:2")
    with pytest.raises(PaymentProviderUnavailable) as unavailable:
        await send_refund(payments, number, paid.reference, "10.00", "refund:2")
    assert unavailable.value.fields == {"attention": True}
    assert len(await listed(stripe_sandbox, "/v1/refunds", payment_intent=paid.reference)) == 1


async def test_server_error_before_anything_began_is_over_at_the_next_attempt(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    await arm(stripe_sandbox, kind="error_500", path="/v1/payment_intents", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await open_payment(payments, order_number=number)
    assert (await open_payment(payments, order_number=number)).status == "requires_payment_method"


async def test_rate_limit_says_when_to_come_back(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    await arm(stripe_sandbox, kind="rate_limit_429", seconds=7, times=1)
    with pytest.raises(PaymentProviderUnavailable) as unavailable:
        await open_payment(payments)
    assert unavailable.value.fields["retry_after"] == 7


async def test_same_key_in_progress_is_unavailable_and_not_refused(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    await arm(stripe_sandbox, kind="slow", path="/v1/payment_intents", seconds=1, times=1)
    outcomes = await asyncio.gather(
        open_payment(payments, order_number=number),
        open_payment(payments, order_number=number),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] in (
        [PaymentIntentState, PaymentProviderUnavailable],
        [PaymentProviderUnavailable, PaymentIntentState],
    )


async def test_slow_answer_is_given_up_after_the_timeout(stripe_sandbox: SandboxProcess) -> None:
    hasty = StripePayments(stripe_sandbox.secret_key, stripe_sandbox.url, timeout=0.2)
    await arm(stripe_sandbox, kind="slow", seconds=2, times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await open_payment(hasty)
    await hasty.close()


async def test_nobody_listening_is_unavailable() -> None:
    away = StripePayments("sk_test_away", "http://127.0.0.1:9", timeout=1.0)
    with pytest.raises(PaymentProviderUnavailable):
        await away.retrieve("pi_1")
    await away.close()


async def test_wrong_key_needs_attention_and_refuses_nobody(stripe_sandbox: SandboxProcess) -> None:
    wrong = StripePayments("sk_test_wrong", stripe_sandbox.url, timeout=5.0)
    with pytest.raises(PaymentProviderUnavailable) as unavailable:
        await open_payment(wrong)
    assert unavailable.value.fields["attention"] is True
    await wrong.close()
