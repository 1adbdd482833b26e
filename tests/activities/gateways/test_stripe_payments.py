"""StripePayments, over HTTP against the Stripe sandbox."""

import asyncio
import itertools
import time
from decimal import Decimal

import pytest

from activities.gateways.payments import PaymentGateway, PaymentIntentState
from activities.gateways.stripe_payments import StripePayments
from activities.messages import RefundState
from domain.errors import CurrencyNotSupported, PaymentProviderUnavailable, PaymentRefused
from tests.activities.gateways.running import SECRET_KEY, Sandbox

_numbers = itertools.count(1)


def _order_number() -> str:
    return f"ACME-20261122-{next(_numbers):05}"


async def _open(
    payments: PaymentGateway,
    *,
    order_number: str | None = None,
    amount: str = "84.20",
    currency: str = "EUR",
) -> PaymentIntentState:
    number = order_number or _order_number()
    return await payments.open(
        order_number=number,
        vendor_id=7,
        amount=Decimal(amount),
        currency=currency,
        idempotency_key=f"{number}:payment",
    )


async def _paid(
    payments: PaymentGateway, sandbox: Sandbox, order_number: str, payment_method: str = "pm_card_visa"
) -> PaymentIntentState:
    opened = await _open(payments, order_number=order_number)
    (await sandbox.confirm(opened.reference, payment_method)).raise_for_status()
    return await payments.retrieve(opened.reference)


async def _refund(
    payments: PaymentGateway, order_number: str, reference: str, amount: str = "84.20", key: str = "refund:1"
) -> RefundState:
    return await payments.refund(
        order_number=order_number,
        reference=reference,
        amount=Decimal(amount),
        currency="EUR",
        refund_key=f"{order_number}:{key}",
    )


async def test_open_makes_a_payment_intent_that_waits_for_the_customer(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    number = _order_number()
    opened = await _open(payments, order_number=number)
    stored = (await sandbox.call("GET", f"/v1/payment_intents/{opened.reference}")).json()
    assert opened.status == "requires_payment_method"
    assert opened.amount_received == Decimal("0.00")
    assert opened.charge is None
    assert stored["client_secret"] == opened.client_secret
    assert (stored["amount"], stored["currency"], stored["description"]) == (8420, "eur", number)
    assert stored["metadata"] == {"order_number": number, "vendor_id": "7"}
    assert stored["automatic_payment_methods"]["enabled"] is True


async def test_open_twice_is_one_payment_intent(payments: PaymentGateway, sandbox: Sandbox) -> None:
    number = _order_number()
    first = await _open(payments, order_number=number)
    assert await _open(payments, order_number=number) == first
    made = [one for one in await sandbox.listed("/v1/payment_intents") if one["description"] == number]
    assert len(made) == 1


async def test_open_in_a_currency_without_minor_units_sends_whole_units(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    opened = await _open(payments, amount="8420", currency="JPY")
    (await sandbox.confirm(opened.reference)).raise_for_status()
    stored = (await sandbox.call("GET", f"/v1/payment_intents/{opened.reference}")).json()
    assert stored["amount"] == 8420
    assert (await payments.retrieve(opened.reference)).amount_received == Decimal(8420)


async def test_open_in_an_unsupported_currency_asks_nobody(payments: PaymentGateway) -> None:
    with pytest.raises(CurrencyNotSupported):
        await _open(payments, currency="KWD")


async def test_open_too_small_an_amount_is_refused_with_stripes_code(payments: PaymentGateway) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        await _open(payments, amount="0.10")
    assert refusal.value.fields == {"provider_code": "amount_too_small"}


async def test_open_with_the_key_of_another_amount_is_refused(payments: PaymentGateway) -> None:
    number = _order_number()
    await _open(payments, order_number=number)
    with pytest.raises(PaymentRefused) as refusal:
        await _open(payments, order_number=number, amount="1.00")
    assert refusal.value.fields == {"provider_code": "idempotency_error"}


async def test_client_secret_is_not_shown(payments: PaymentGateway) -> None:
    opened = await _open(payments)
    assert opened.client_secret is not None
    assert opened.client_secret not in repr(opened)


async def test_retrieve_after_payment_has_amount_and_charge(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    paid = await _paid(payments, sandbox, _order_number())
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
    payments: PaymentGateway, sandbox: Sandbox, payment_method: str, decline_code: str
) -> None:
    opened = await _open(payments)
    assert (await sandbox.confirm(opened.reference, payment_method)).status_code == 402
    declined = await payments.retrieve(opened.reference)
    assert (declined.status, declined.decline_code) == ("requires_payment_method", decline_code)
    assert declined.charge is not None


async def test_retrieve_after_a_decline_and_a_success_has_forgotten_the_decline(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    opened = await _open(payments)
    await sandbox.confirm(opened.reference, "pm_card_chargeDeclined")
    declined = await payments.retrieve(opened.reference)
    await sandbox.confirm(opened.reference)
    paid = await payments.retrieve(opened.reference)
    assert (paid.status, paid.decline_code) == ("succeeded", None)
    assert paid.charge != declined.charge


async def test_retrieve_of_an_unknown_payment_is_refused(payments: PaymentGateway) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        await payments.retrieve("pi_unknown")
    assert refusal.value.fields == {"provider_code": "resource_missing"}


async def test_cancel_ends_an_unpaid_payment_and_may_be_repeated(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    opened = await _open(payments)
    assert (await payments.cancel(opened.reference)).status == "canceled"
    assert (await payments.cancel(opened.reference)).status == "canceled"
    assert (await sandbox.confirm(opened.reference)).status_code == 400


async def test_cancel_of_a_paid_payment_answers_that_it_is_paid(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    paid = await _paid(payments, sandbox, _order_number())
    assert await payments.cancel(paid.reference) == paid


async def test_cancel_of_an_unknown_payment_is_refused(payments: PaymentGateway) -> None:
    with pytest.raises(PaymentRefused):
        await payments.cancel("pi_unknown")


async def test_refund_pays_back_and_carries_its_key(payments: PaymentGateway, sandbox: Sandbox) -> None:
    number = _order_number()
    paid = await _paid(payments, sandbox, number)
    refund = await _refund(payments, number, paid.reference, "10.00")
    assert refund.reference is not None
    stored = (await sandbox.call("GET", f"/v1/refunds/{refund.reference}")).json()
    assert (refund.status, refund.failure_reason) == ("succeeded", None)
    assert stored["amount"] == 1000
    assert stored["metadata"] == {"refund_key": f"{number}:refund:1", "order_number": number}
    assert await payments.retrieve_refund(refund.reference) == refund


async def test_refund_with_the_same_key_pays_once(payments: PaymentGateway, sandbox: Sandbox) -> None:
    number = _order_number()
    paid = await _paid(payments, sandbox, number)
    first, second = await asyncio.gather(
        _refund(payments, number, paid.reference, "10.00"),
        _refund(payments, number, paid.reference, "10.00"),
        return_exceptions=True,
    )
    settled = await _refund(payments, number, paid.reference, "10.00")
    assert settled in (first, second)
    assert len(await sandbox.listed("/v1/refunds", payment_intent=paid.reference)) == 1


async def test_refund_with_another_key_pays_again(payments: PaymentGateway, sandbox: Sandbox) -> None:
    number = _order_number()
    paid = await _paid(payments, sandbox, number)
    first = await _refund(payments, number, paid.reference, "10.00", "refund:1")
    second = await _refund(payments, number, paid.reference, "10.00", "refund:2")
    assert first.reference != second.reference


async def test_refund_of_more_than_is_left_is_refused(payments: PaymentGateway, sandbox: Sandbox) -> None:
    number = _order_number()
    paid = await _paid(payments, sandbox, number)
    await _refund(payments, number, paid.reference, "80.00", "refund:1")
    with pytest.raises(PaymentRefused):
        await _refund(payments, number, paid.reference, "4.21", "refund:2")
    with pytest.raises(PaymentRefused):
        await _refund(payments, number, paid.reference, "84.21", "refund:3")


async def test_refund_that_the_bank_sends_back_is_failed(payments: PaymentGateway, sandbox: Sandbox) -> None:
    number = _order_number()
    paid = await _paid(payments, sandbox, number, "pm_card_refundFail")
    refund = await _refund(payments, number, paid.reference)
    assert refund.reference is not None
    deadline = time.monotonic() + 10
    while (now := await payments.retrieve_refund(refund.reference)).status != "failed":
        assert time.monotonic() < deadline
    assert now.failure_reason == "expired_or_canceled_card"


async def test_lost_answer_to_open_is_found_with_the_same_key(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    number = _order_number()
    await sandbox.fault(kind="lost_answer", path="/v1/payment_intents", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await _open(payments, order_number=number)
    await _open(payments, order_number=number)
    made = [one for one in await sandbox.listed("/v1/payment_intents") if one["description"] == number]
    assert len(made) == 1


async def test_lost_answer_to_refund_pays_once(payments: PaymentGateway, sandbox: Sandbox) -> None:
    number = _order_number()
    paid = await _paid(payments, sandbox, number)
    await sandbox.fault(kind="lost_answer", method="POST", path="/v1/refunds", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await _refund(payments, number, paid.reference, "10.00")
    await _refund(payments, number, paid.reference, "10.00")
    assert len(await sandbox.listed("/v1/refunds", payment_intent=paid.reference)) == 1


async def test_open_gets_past_a_server_error_that_stripe_keeps(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    number = _order_number()
    await sandbox.fault(kind="error_500_after_effect", path="/v1/payment_intents", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await _open(payments, order_number=number)
    opened = await _open(payments, order_number=number)
    assert opened.status == "requires_payment_method"
    assert await _open(payments, order_number=number) == opened


async def test_open_gives_up_when_stripe_keeps_a_server_error_under_every_key(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    number = _order_number()
    await sandbox.fault(kind="error_500_after_effect", path="/v1/payment_intents")
    for _ in range(3):
        with pytest.raises(PaymentProviderUnavailable):
            await _open(payments, order_number=number)
    await sandbox.clear_faults()
    with pytest.raises(PaymentProviderUnavailable) as unavailable:
        await _open(payments, order_number=number)
    assert unavailable.value.fields == {"attention": True}


async def test_refund_behind_a_kept_server_error_is_found_and_not_paid_again(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    number = _order_number()
    paid = await _paid(payments, sandbox, number)
    await sandbox.fault(kind="error_500_after_effect", method="POST", path="/v1/refunds", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await _refund(payments, number, paid.reference, "10.00")
    refund = await _refund(payments, number, paid.reference, "10.00")
    listed = await sandbox.listed("/v1/refunds", payment_intent=paid.reference)
    assert [one["id"] for one in listed] == [refund.reference]


async def test_refund_without_effect_behind_a_kept_server_error_waits_for_a_human(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    number = _order_number()
    paid = await _paid(payments, sandbox, number)
    (await _refund(payments, number, paid.reference, "84.20", "refund:1"))
    await sandbox.fault(kind="error_500_after_effect", method="POST", path="/v1/refunds", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await _refund(payments, number, paid.reference, "10.00", "refund:2")
    with pytest.raises(PaymentProviderUnavailable) as unavailable:
        await _refund(payments, number, paid.reference, "10.00", "refund:2")
    assert unavailable.value.fields == {"attention": True}
    assert len(await sandbox.listed("/v1/refunds", payment_intent=paid.reference)) == 1


async def test_server_error_before_anything_began_is_over_at_the_next_attempt(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    number = _order_number()
    await sandbox.fault(kind="error_500", path="/v1/payment_intents", times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await _open(payments, order_number=number)
    assert (await _open(payments, order_number=number)).status == "requires_payment_method"


async def test_rate_limit_says_when_to_come_back(payments: PaymentGateway, sandbox: Sandbox) -> None:
    await sandbox.fault(kind="rate_limit_429", seconds=7, times=1)
    with pytest.raises(PaymentProviderUnavailable) as unavailable:
        await _open(payments)
    assert unavailable.value.fields["retry_after"] == 7


async def test_same_key_in_progress_is_unavailable_and_not_refused(
    payments: PaymentGateway, sandbox: Sandbox
) -> None:
    number = _order_number()
    await sandbox.fault(kind="slow", path="/v1/payment_intents", seconds=1, times=1)
    outcomes = await asyncio.gather(
        _open(payments, order_number=number), _open(payments, order_number=number), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] in (
        [PaymentIntentState, PaymentProviderUnavailable],
        [PaymentProviderUnavailable, PaymentIntentState],
    )


async def test_slow_answer_is_given_up_after_the_timeout(sandbox: Sandbox) -> None:
    hasty = StripePayments(SECRET_KEY, sandbox.url, timeout=0.2)
    await sandbox.fault(kind="slow", seconds=2, times=1)
    with pytest.raises(PaymentProviderUnavailable):
        await _open(hasty)
    await hasty.close()


async def test_nobody_listening_is_unavailable() -> None:
    away = StripePayments(SECRET_KEY, "http://127.0.0.1:9", timeout=1.0)
    with pytest.raises(PaymentProviderUnavailable):
        await away.retrieve("pi_1")
    await away.close()


async def test_wrong_key_needs_attention_and_refuses_nobody(sandbox: Sandbox) -> None:
    wrong = StripePayments("sk_test_wrong", sandbox.url, timeout=5.0)
    with pytest.raises(PaymentProviderUnavailable) as unavailable:
        await _open(wrong)
    assert unavailable.value.fields["attention"] is True
    await wrong.close()
