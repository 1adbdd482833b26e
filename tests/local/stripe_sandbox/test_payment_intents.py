"""PaymentIntents through the official client: the status machine, its refusals, its charges."""

from typing import Any

import httpx
import pytest
import stripe

from tests.local.stripe_sandbox.running import PUBLISHABLE_KEY, Sandbox, eventually

DECLINES = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
]


async def create(client: stripe.StripeClient, **params: object) -> stripe.PaymentIntent:
    wanted = {"amount": 1990, "currency": "eur", "automatic_payment_methods": {"enabled": True}}
    return await client.v1.payment_intents.create_async({**wanted, **params})  # type: ignore[typeddict-item]  # any


async def test_payment_success_has_a_charge_and_its_balance_transaction(client: stripe.StripeClient) -> None:
    intent = await create(
        client, metadata={"order": "ACME-1"}, capture_method="automatic", description="An order"
    )
    assert intent.status == "requires_payment_method"
    assert intent.client_secret is not None
    assert intent.client_secret.startswith(f"{intent.id}_secret_")

    paid = await client.v1.payment_intents.confirm_async(
        intent.id, {"payment_method": "pm_card_visa", "expand": ["latest_charge.balance_transaction"]}
    )

    assert (paid.status, paid.amount_received, paid.metadata["order"]) == ("succeeded", 1990, "ACME-1")
    charge = paid.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == (
        "succeeded",
        True,
        True,
        1990,
    )
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert charge.payment_method_details.card.last4 == "4242"
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert charge.balance_transaction.net == 1990


async def test_default_capture_settles_after_the_success(client: stripe.StripeClient) -> None:
    paid = await create(client, confirm=True, payment_method="pm_card_visa")
    assert (paid.status, paid.capture_method) == ("succeeded", "automatic_async")

    async def settled() -> bool:
        charge = await client.v1.charges.retrieve_async(str(paid.latest_charge))
        return charge.balance_transaction is not None

    await eventually(settled)


@pytest.mark.parametrize(("method", "code", "decline_code"), DECLINES)
async def test_decline_leaves_a_failed_charge_and_a_payable_intent(
    client: stripe.StripeClient, method: str, code: str, decline_code: str | None
) -> None:
    intent = await create(client)
    with pytest.raises(stripe.CardError) as caught:
        await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": method})
    error = caught.value.error
    assert error is not None
    assert (caught.value.http_status, error.code, error.decline_code if decline_code else None) == (
        402,
        code,
        decline_code,
    )
    assert error.payment_intent is not None
    assert error.payment_intent.status == "requires_payment_method"

    stored = await client.v1.payment_intents.retrieve_async(intent.id)
    assert stored.status == "requires_payment_method"
    assert stored.last_payment_error is not None
    assert stored.last_payment_error.charge == stored.latest_charge
    charge = await client.v1.charges.retrieve_async(str(stored.latest_charge))
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, code)

    paid = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_mastercard"})
    charges = await client.v1.charges.list_async({"payment_intent": intent.id})
    assert paid.last_payment_error is None
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]


async def test_succeeded_payment_is_neither_confirmed_nor_cancelled_nor_repriced(
    client: stripe.StripeClient,
) -> None:
    paid = await create(client, confirm=True, payment_method="pm_card_visa")
    intents = client.v1.payment_intents
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded") as confirmed:
        await intents.confirm_async(paid.id, {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded") as cancelled:
        await intents.cancel_async(paid.id)
    with pytest.raises(stripe.InvalidRequestError, match="could not be updated") as updated:
        await intents.update_async(paid.id, {"amount": 100})
    for caught in (confirmed, cancelled, updated):
        assert caught.value.code == "payment_intent_unexpected_state"
    noted = await intents.update_async(paid.id, {"metadata": {"note": "kept"}})
    assert (noted.metadata["note"], noted.amount, noted.status) == ("kept", 1990, "succeeded")


async def test_cancelled_payment_stays_cancelled(client: stripe.StripeClient) -> None:
    intent = await create(client, payment_method="pm_card_visa")
    assert intent.status == "requires_confirmation"
    cancelled = await client.v1.payment_intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"})
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    assert cancelled.canceled_at is not None
    for attempt in (client.v1.payment_intents.cancel_async, client.v1.payment_intents.confirm_async):
        with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
            await attempt(intent.id)


async def test_partial_capture_releases_the_rest(client: stripe.StripeClient) -> None:
    held = await create(client, capture_method="manual", confirm=True, payment_method="pm_card_visa")
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 1990, 0)
    uncaptured = await client.v1.charges.retrieve_async(str(held.latest_charge))
    assert uncaptured.payment_method_details is not None
    assert uncaptured.payment_method_details.card is not None
    assert uncaptured.payment_method_details.card.capture_before == uncaptured.created + 7 * 86_400

    with pytest.raises(stripe.InvalidRequestError, match="greater than the amount you can capture"):
        await client.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 1991})
    taken = await client.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 1500})
    charge = await client.v1.charges.retrieve_async(str(held.latest_charge))

    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 1500, 0)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 1500, 490)
    with pytest.raises(stripe.InvalidRequestError, match="already been captured"):
        await client.v1.payment_intents.capture_async(held.id)


async def test_cancelling_an_authorisation_releases_it(client: stripe.StripeClient) -> None:
    held = await create(client, capture_method="manual", confirm=True, payment_method="pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError, match="cancel the PaymentIntent"):
        await client.v1.refunds.create_async({"payment_intent": held.id})
    cancelled = await client.v1.payment_intents.cancel_async(held.id)
    charge = await client.v1.charges.retrieve_async(str(held.latest_charge))
    assert (cancelled.status, cancelled.amount_capturable) == ("canceled", 0)
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, True, 1990)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": "19.90"}, "parameter_invalid_integer", "amount"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        (
            {"automatic_payment_methods": {"enabled": True, "x": 1}},
            "parameter_unknown",
            "automatic_payment_methods[x]",
        ),
        ({"currency": "xyz"}, None, "currency"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"payment_method": "pm_missing"}, "resource_missing", "payment_method"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
    ],
)
async def test_bad_parameter_is_refused_by_name(
    client: stripe.StripeClient, change: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await create(client, **change)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)
    assert (await client.v1.payment_intents.list_async()).data == []


async def test_missing_parameter_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/payment_intents", data={"amount": "1990"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "parameter_missing"
    assert answer.json()["error"]["param"] == "currency"


async def test_unknown_id_is_not_found(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.payment_intents.retrieve_async("pi_missing")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


async def test_wrong_key_is_refused_without_repeating_it(
    sandbox: Sandbox, transport: stripe.HTTPXClient
) -> None:
    wrong = stripe.StripeClient(
        "sk_test_wrong0000000000000000", base_addresses={"api": sandbox.url}, http_client=transport
    )
    with pytest.raises(stripe.AuthenticationError) as caught:
        await wrong.v1.payment_intents.list_async()
    assert "sk_test_wrong0000000000000000" not in str(caught.value)


async def test_browser_reads_and_confirms_with_the_client_secret_only(
    client: stripe.StripeClient, browser: httpx.AsyncClient
) -> None:
    intent = await create(client, metadata={"internal": "note"})
    path, params = f"/v1/payment_intents/{intent.id}", {"key": PUBLISHABLE_KEY}
    bare = await browser.get(path, params=params)
    wrong = await browser.get(path, params=params | {"client_secret": f"{intent.id}_secret_guess"})
    params["client_secret"] = str(intent.client_secret)
    seen = await browser.get(path, params=params)
    other = await browser.get("/v1/payment_intents", params={"key": PUBLISHABLE_KEY})
    paid = await browser.post(f"{path}/confirm", data=params | {"payment_method": "pm_card_visa"})
    assert (bare.status_code, wrong.status_code, other.status_code) == (400, 400, 403)
    assert seen.json()["amount"] == 1990
    assert "metadata" not in seen.json()
    assert seen.headers["access-control-allow-origin"] == "*"
    assert paid.json()["status"] == "succeeded"


async def test_list_pages_through_everything_once(client: stripe.StripeClient) -> None:
    made = [(await create(client, amount=100 + number)).id for number in range(7)]
    first = await client.v1.payment_intents.list_async({"limit": 3})
    assert ([intent.id for intent in first.data], first.has_more) == (made[:3:-1], True)
    walked = [intent.id async for intent in first.auto_paging_iter()]
    assert walked == made[::-1]
    newer = await client.v1.payment_intents.list_async({"limit": 2, "ending_before": made[3]})
    assert [intent.id for intent in newer.data] == [made[5], made[4]]
    later = await client.v1.payment_intents.list_async({"created": {"gt": first.data[0].created + 60}})
    assert later.data == []
