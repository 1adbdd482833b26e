"""Payments at Stripe, over HTTP against the sandbox."""

from decimal import Decimal

import pytest

from activities.gateways.payments import PaymentGateway
from domain.errors import PaymentRefused
from tests.activities.gateways.purchases import listed, new_order_number, open_payment, pay
from tests.fixtures.sandboxes import SandboxProcess


async def test_open_makes_a_payment_intent_that_waits_for_the_customer(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    opened = await open_payment(payments, order_number=number)
    stored = await stripe_sandbox.intent(opened.reference)
    assert opened.status == "requires_payment_method"
    assert opened.amount_received == Decimal("0.00")
    assert opened.charge is None
    assert stored["client_secret"] == opened.client_secret
    assert (stored["amount"], stored["currency"], stored["description"]) == (8420, "eur", number)
    assert stored["metadata"] == {"order_number": number, "vendor_id": "7"}
    assert stored["automatic_payment_methods"] == {"allow_redirects": "always", "enabled": True}


async def test_open_twice_is_one_payment_intent(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    first = await open_payment(payments, order_number=number)
    assert await open_payment(payments, order_number=number) == first
    made = [
        one for one in await listed(stripe_sandbox, "/v1/payment_intents") if one["description"] == number
    ]
    assert len(made) == 1


async def test_open_in_a_currency_without_minor_units_sends_whole_units(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    opened = await open_payment(payments, amount="8420", currency="JPY")
    (await stripe_sandbox.confirm(opened.reference)).raise_for_status()
    stored = await stripe_sandbox.intent(opened.reference)
    assert stored["amount"] == 8420
    assert (await payments.retrieve(opened.reference)).amount_received == Decimal(8420)


async def test_open_too_small_an_amount_is_refused_with_stripes_code(payments: PaymentGateway) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        await open_payment(payments, amount="0.10")
    assert refusal.value.fields == {"provider_code": "amount_too_small"}


async def test_open_with_the_key_of_another_amount_is_refused(payments: PaymentGateway) -> None:
    number = new_order_number()
    await open_payment(payments, order_number=number)
    with pytest.raises(PaymentRefused) as refusal:
        await open_payment(payments, order_number=number, amount="1.00")
    assert refusal.value.fields == {"provider_code": "idempotency_error"}


async def test_client_secret_is_not_shown(payments: PaymentGateway) -> None:
    opened = await open_payment(payments)
    assert opened.client_secret is not None
    assert opened.client_secret not in repr(opened)


async def test_retrieve_after_payment_has_amount_and_charge(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    paid = await pay(payments, stripe_sandbox, new_order_number())
    assert (paid.status, paid.amount_received, paid.decline_code) == ("succeeded", Decimal("84.20"), None)
    assert paid.charge is not None
    assert paid.charge.startswith("ch_")


@pytest.mark.parametrize(
    ("payment_method", "decline_code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ],
)
async def test_retrieve_after_a_decline_says_why(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess, payment_method: str, decline_code: str
) -> None:
    opened = await open_payment(payments)
    assert (await stripe_sandbox.confirm(opened.reference, payment_method)).status_code == 402
    declined = await payments.retrieve(opened.reference)
    assert (declined.status, declined.decline_code) == ("requires_payment_method", decline_code)
    assert declined.charge is not None


async def test_retrieve_after_a_decline_and_a_success_has_forgotten_the_decline(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    opened = await open_payment(payments)
    await stripe_sandbox.confirm(opened.reference, "pm_card_chargeDeclined")
    declined = await payments.retrieve(opened.reference)
    await stripe_sandbox.confirm(opened.reference)
    paid = await payments.retrieve(opened.reference)
    assert (paid.status, paid.decline_code) == ("succeeded", None)
    assert paid.charge != declined.charge


async def test_retrieve_of_an_unknown_payment_is_refused(payments: PaymentGateway) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        await payments.retrieve("pi_unknown")
    assert refusal.value.fields == {"provider_code": "resource_missing"}


async def test_cancel_ends_an_unpaid_payment_and_may_be_repeated(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    opened = await open_payment(payments)
    assert (await payments.cancel(opened.reference)).status == "canceled"
    assert (await payments.cancel(opened.reference)).status == "canceled"
    assert (await stripe_sandbox.confirm(opened.reference)).status_code == 400


async def test_cancel_of_a_paid_payment_answers_that_it_is_paid(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    paid = await pay(payments, stripe_sandbox, new_order_number())
    assert await payments.cancel(paid.reference) == paid


async def test_cancel_of_an_unknown_payment_is_refused(payments: PaymentGateway) -> None:
    with pytest.raises(PaymentRefused):
        await payments.cancel("pi_unknown")
