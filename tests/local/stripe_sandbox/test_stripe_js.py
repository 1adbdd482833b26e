"""The Stripe.js stand-in in a real browser, on a shop page with a strict Content-Security-Policy."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe
from playwright.async_api import Browser, FrameLocator, Page, expect

from tests.local.stripe_sandbox.running import PUBLISHABLE_KEY, Sandbox

AUTHENTICATION_FAILED = (
    "error We are unable to authenticate your payment method. Please choose a different payment method and "
    "try again."
)
PAGE = """<!doctype html><html lang="en"><title>Checkout</title>
<div id="payment"></div><button id="pay">Pay</button><output id="result"></output>
<script src="{stripe}/v3/"></script><script src="/shop.js"></script></html>"""
THANKS = "<!doctype html><html lang='en'><title>Thank you</title></html>"
SCRIPT = """
const query = new URLSearchParams(location.search);
const stripe = Stripe("{key}");
const appearance = { variables: { colorPrimary: "#047857" } };
const elements = stripe.elements({ clientSecret: query.get("secret"), appearance });
elements.create("payment").mount("#payment");
document.getElementById("pay").addEventListener("click", async () => {
  const redirect = query.get("redirect") ?? "if_required";
  const confirmParams = { return_url: `${location.origin}/done?order=1` };
  const { error, paymentIntent } = await stripe.confirmPayment({ elements, confirmParams, redirect });
  document.getElementById("result").textContent = error ? `error ${error.message}` : paymentIntent.status;
});
"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def address(process: Sandbox) -> AsyncIterator[str]:
    """A shop on its own port; Chromium lets only pages that come from this machine load from it."""
    policy = f"script-src 'self' {process.url}; frame-src {process.url}; connect-src {process.url}"
    page, script = PAGE.replace("{stripe}", process.url), SCRIPT.replace("{key}", PUBLISHABLE_KEY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        kind, body = ("html", THANKS if request.startswith("GET /done") else page)
        if request.startswith("GET /shop.js"):
            kind, body = ("javascript", script)
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/{kind}\r\nContent-Length: {len(body)}\r\n"
            f"Content-Security-Policy: default-src 'none'; {policy}\r\n"
            f"Connection: close\r\n\r\n{body}".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()


@pytest.fixture(scope="module")
async def shop(address: str, chromium: Browser) -> AsyncIterator[Page]:
    """A browser page at the shop; no script may fail on it."""
    page = await chromium.new_page(base_url=address)
    page.set_default_timeout(15_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
    yield page
    await page.close()
    assert problems == []


async def open_checkout(
    shop: Page, client: stripe.StripeClient, *, redirect: str = "if_required"
) -> tuple[stripe.PaymentIntent, FrameLocator]:
    intent = await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    await shop.goto(f"/checkout?secret={intent.client_secret}&redirect={redirect}")
    return intent, shop.frame_locator("iframe[title='Secure card payment form']")


async def pay(shop: Page, form: FrameLocator, number: str) -> None:
    await form.get_by_label("Card number").fill(number)
    await form.get_by_label("Expiry").fill("1240")
    await form.get_by_label("Security code").fill("123")
    await shop.get_by_role("button", name="Pay").click()


async def shows(shop: Page, text: str) -> None:
    await expect(shop.locator("#result")).to_have_text(text, timeout=15_000)


async def status(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> str:
    return (await client.v1.payment_intents.retrieve_async(intent.id)).status


async def test_typed_card_pays(shop: Page, client: stripe.StripeClient) -> None:
    intent, form = await open_checkout(shop, client)
    await pay(shop, form, "4242424242424242")
    await shows(shop, "succeeded")
    assert await status(client, intent) == "succeeded"
    assert await form.get_by_label("Card number").input_value() == "4242 4242 4242 4242"
    assert await form.get_by_label("Expiry").input_value() == "12 / 40"


async def test_wrong_number_is_shown_beside_the_field(shop: Page, client: stripe.StripeClient) -> None:
    intent, form = await open_checkout(shop, client)
    await pay(shop, form, "4242424242424241")
    await shows(shop, "error Your card number is invalid.")
    assert await form.locator("#number-error").inner_text() == "Your card number is invalid."
    assert await status(client, intent) == "requires_payment_method"


async def test_decline_can_be_tried_again_with_another_card(shop: Page, client: stripe.StripeClient) -> None:
    intent, form = await open_checkout(shop, client)
    await pay(shop, form, "4000000000009995")
    await shows(shop, "error Your card has insufficient funds.")
    await pay(shop, form, "5555555555554444")
    await shows(shop, "succeeded")
    assert await status(client, intent) == "succeeded"


@pytest.mark.parametrize(
    ("button", "shown", "stored"),
    [
        ("Complete", "succeeded", "succeeded"),
        ("Fail", AUTHENTICATION_FAILED, "requires_payment_method"),
    ],
)
async def test_challenge_opens_over_the_shop_and_decides(
    shop: Page, client: stripe.StripeClient, button: str, shown: str, stored: str
) -> None:
    intent, form = await open_checkout(shop, client)
    await pay(shop, form, "4000002760003184")
    challenge = shop.frame_locator("dialog iframe")
    await challenge.get_by_role("button", name=button).click()
    await shows(shop, shown)
    assert await shop.locator("dialog").count() == 0
    assert await status(client, intent) == stored


async def test_success_leads_to_the_return_url(shop: Page, client: stripe.StripeClient) -> None:
    intent, form = await open_checkout(shop, client, redirect="always")
    await pay(shop, form, "4242424242424242")
    await shop.wait_for_url("**/done?**")
    query = parse_qs(urlsplit(shop.url).query)
    assert query["order"] == ["1"]
    assert query["payment_intent"] == [intent.id]
    assert query["redirect_status"] == ["succeeded"]
