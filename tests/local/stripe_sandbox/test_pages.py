"""The operator's pages."""

import httpx
import stripe

from tests.local.stripe_sandbox.running import Receiver, eventually


async def test_overview_lists_what_happened_and_escapes_it(
    client: stripe.StripeClient, browser: httpx.AsyncClient, receiver: Receiver
) -> None:
    empty = (await browser.get("/")).text
    assert "No payment yet." in empty
    paid = await client.v1.payment_intents.create_async(
        {
            "amount": 1990,
            "currency": "eur",
            "confirm": True,
            "description": "<script>alert(1)</script>",
            "payment_method": "pm_card_visa",
        }
    )
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 500})
    await eventually(lambda: receiver.received)
    await browser.post("/_sandbox/faults", json={"kind": "slow", "path": "/v1/charges"})
    answer = await browser.get("/")
    for shown in (paid.id, refund.id, "\u20ac19.90", "payment_intent.succeeded", "/v1/charges"):
        assert shown in answer.text
    assert "<script>alert" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_object_page_shows_what_the_api_answers(
    client: stripe.StripeClient, browser: httpx.AsyncClient
) -> None:
    intent = await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    page = (await browser.get(f"/objects/{intent.id}")).text
    assert "requires_payment_method" in page
    assert "_sandbox" not in page
    assert (await browser.get("/objects/pi_missing")).status_code == 404


async def test_stripe_js_is_served_where_shops_look_for_it(browser: httpx.AsyncClient) -> None:
    for path in ("/v3", "/v3/", "/v3/stripe.js"):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/javascript")


async def test_browser_may_ask_from_another_origin(browser: httpx.AsyncClient) -> None:
    answer = await browser.options(
        "/v1/payment_intents/pi_x/confirm", headers={"Origin": "https://shop.example"}
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await browser.get("/v1/unknown")).json()["error"]["type"] == "invalid_request_error"
