"""3-D Secure: the challenge, its page, and what comes of it."""

import httpx
import pytest
import stripe

RETURN_URL = "https://shop.example/done?order=1"


async def waiting(
    client: stripe.StripeClient,
    *,
    method: str = "pm_card_authenticationRequired",
    return_url: str | None = None,
) -> stripe.PaymentIntent:
    params: dict[str, object] = {"amount": 1990, "currency": "eur", "confirm": True, "payment_method": method}
    if return_url is not None:
        params["return_url"] = return_url
    return await client.v1.payment_intents.create_async(params)  # type: ignore[arg-type]  # a plain dict


async def authenticate(http: httpx.AsyncClient, intent: stripe.PaymentIntent, outcome: str) -> httpx.Response:
    path = f"/_sandbox/payment_intents/{intent.id}/authenticate"
    return await http.post(path, json={"outcome": outcome})


async def test_authenticated_payment_succeeds(client: stripe.StripeClient, http: httpx.AsyncClient) -> None:
    intent = await waiting(client)
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "use_stripe_sdk"
    assert (await authenticate(http, intent, "succeed")).json()["status"] == "succeeded"
    paid = await client.v1.payment_intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
    assert paid.next_action is None
    assert isinstance(paid.latest_charge, stripe.Charge)
    details = paid.latest_charge.payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.three_d_secure is not None
    assert details.card.three_d_secure.result == "authenticated"


async def test_failed_authentication_makes_the_payment_payable_again(
    client: stripe.StripeClient, http: httpx.AsyncClient
) -> None:
    intent = await waiting(client)
    await authenticate(http, intent, "fail")
    failed = await client.v1.payment_intents.retrieve_async(intent.id)
    assert (failed.status, failed.latest_charge) == ("requires_payment_method", None)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    again = await authenticate(http, intent, "succeed")
    assert again.json()["error"]["code"] == "payment_intent_unexpected_state"
    paid = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"


async def test_authenticated_card_can_still_be_declined(
    client: stripe.StripeClient, http: httpx.AsyncClient
) -> None:
    intent = await waiting(client, method="pm_card_threeDSecureRequiredChargeDeclined")
    answer = (await authenticate(http, intent, "succeed")).json()
    assert (answer["status"], answer["last_payment_error"]["code"]) == (
        "requires_payment_method",
        "card_declined",
    )


async def test_off_session_payment_is_declined_instead(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        await client.v1.payment_intents.create_async(
            {
                "amount": 1990,
                "currency": "eur",
                "confirm": True,
                "off_session": True,
                "payment_method": "pm_card_authenticationRequired",
            }
        )
    assert caught.value.code == "authentication_required"


@pytest.mark.parametrize(("outcome", "result"), [("succeed", "succeeded"), ("fail", "failed")])
async def test_redirect_page_sends_the_customer_back_with_the_result(
    client: stripe.StripeClient, http: httpx.AsyncClient, outcome: str, result: str
) -> None:
    intent = await waiting(client, return_url=RETURN_URL)
    assert intent.next_action is not None
    assert intent.next_action.type == "redirect_to_url"
    assert intent.next_action.redirect_to_url is not None
    page = str(intent.next_action.redirect_to_url.url)
    assert "€19.90" in (await http.get(page)).text
    answer = await http.post(page, data={"outcome": outcome})
    assert answer.status_code == 303
    target = httpx.URL(answer.headers["location"])
    assert target.host == "shop.example"
    assert dict(target.params) == {
        "order": "1",
        "payment_intent": intent.id,
        "payment_intent_client_secret": intent.client_secret,
        "redirect_status": result,
    }


async def test_challenge_page_needs_the_client_secret(
    client: stripe.StripeClient, http: httpx.AsyncClient
) -> None:
    intent = await waiting(client)
    answer = await http.post(f"/3ds/{intent.id}", data={"outcome": "succeed", "client_secret": "guess"})
    assert answer.status_code == 404
    assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == "requires_action"
