"""Bank redirects, and which payment methods a PaymentIntent offers."""

from typing import Any

import httpx
import pytest
import stripe

from tests.local.stripe_sandbox.running import Receiver, expect_events

RETURN_URL = "https://shop.example/done?order=1"
BILLING = {"name": "Jenny Rosen"}


async def begin(client: stripe.StripeClient, kind: str = "bancontact") -> stripe.PaymentIntent:
    return await client.v1.payment_intents.create_async(
        {
            "amount": 1990,
            "currency": "eur",
            "confirm": True,
            "payment_method_data": {"type": kind, "billing_details": BILLING},  # type: ignore[typeddict-item]  # str
            "return_url": RETURN_URL,
        }
    )


@pytest.mark.parametrize("kind", ["bancontact", "ideal"])
async def test_approved_redirect_pays_at_once_and_sends_the_customer_back(
    client: stripe.StripeClient, http: httpx.AsyncClient, receiver: Receiver, kind: str
) -> None:
    intent = await begin(client, kind)
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    page = str(intent.next_action.redirect_to_url.url)
    assert "€19.90" in (await http.get(page)).text
    answer = await http.post(page, data={"outcome": "succeed"})
    assert dict(httpx.URL(answer.headers["location"]).params)["redirect_status"] == "succeeded"
    paid = await client.v1.payment_intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
    assert (paid.status, paid.amount_received) == ("succeeded", 1990)
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert paid.latest_charge.payment_method_details is not None
    assert paid.latest_charge.payment_method_details.type == kind
    await expect_events(
        receiver,
        "payment_intent.created",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    )


async def test_refused_redirect_leaves_a_payable_intent(
    client: stripe.StripeClient, http: httpx.AsyncClient
) -> None:
    intent = await begin(client)
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    answer = await http.post(str(intent.next_action.redirect_to_url.url), data={"outcome": "fail"})
    assert dict(httpx.URL(answer.headers["location"]).params)["redirect_status"] == "failed"
    failed = await client.v1.payment_intents.retrieve_async(intent.id)
    assert (failed.status, failed.latest_charge) == ("requires_payment_method", None)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"


async def test_redirect_needs_somewhere_to_return_to(client: stripe.StripeClient) -> None:
    intent = await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.payment_intents.confirm_async(
            intent.id, {"payment_method_data": {"type": "ideal", "billing_details": {}}}
        )
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "return_url")


@pytest.mark.parametrize(
    ("params", "types"),
    [
        ({"currency": "eur"}, ["card", "bancontact", "ideal", "sepa_debit"]),
        ({"currency": "usd"}, ["card"]),
        ({"currency": "eur", "capture_method": "manual"}, ["card"]),
        (
            {"currency": "eur", "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}},
            ["card", "sepa_debit"],
        ),
        ({"currency": "eur", "payment_method_types": ["ideal"]}, ["ideal"]),
    ],
)
async def test_offered_methods_fit_the_payment(
    client: stripe.StripeClient, params: dict[str, Any], types: list[str]
) -> None:
    intent = await client.v1.payment_intents.create_async({"amount": 1990, **params})  # type: ignore[typeddict-item]  # any
    assert intent.payment_method_types == types
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.payment_intents.confirm_async(
            intent.id,
            {"payment_method": "pm_card_visa" if types == ["ideal"] else "pm_success_de"},
        )
    allowed = "sepa_debit" in types
    expected = None if allowed else "payment_intent_incompatible_payment_method"
    assert caught.value.code == expected


@pytest.mark.parametrize(
    "change", [{"currency": "usd"}, {"capture_method": "manual"}, {"payment_method_types": ["sofort"]}]
)
async def test_listed_types_that_do_not_fit_are_refused(
    client: stripe.StripeClient, change: dict[str, Any]
) -> None:
    wanted = {"amount": 1990, "currency": "eur", "payment_method_types": ["sepa_debit"]}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.payment_intents.create_async({**wanted, **change})  # type: ignore[typeddict-item]  # any
    assert caught.value.param == "payment_method_types"


async def test_change_of_the_capture_method_changes_what_is_offered(client: stripe.StripeClient) -> None:
    intent = await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    changed = await client.v1.payment_intents.update_async(intent.id, {"capture_method": "manual"})
    assert changed.payment_method_types == ["card"]
