"""The customer's account in a browser: it follows an order by itself, and longer lists grow in place."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.api.backoffice import create_order
from tests.browser.conftest import Shop
from tests.browser.inspection import PHONE
from tests.browser.shopping import sign_in, width_beyond_view
from tests.fixtures.sandboxes import SandboxProcess

pytestmark = pytest.mark.browser


async def test_order_page_follows_the_payment_and_keeps_what_is_typed(
    visitor: BrowserContext, page: Page, shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    await sign_in(page, shop)
    cart = await shop.storefront.cart()
    placed = await visitor.request.post(
        f"{shop.storefront.path}/orders",
        data=shop.storefront.order_request(cart, payment_method="stripe"),
        headers=shop.storefront.headers,
    )
    order = await placed.json()
    await page.goto(shop.path(f"/account/orders/{order['id']}"))
    await expect(page.get_by_role("heading", name="Your payment is still open")).to_be_visible()
    await page.get_by_text("Cancel this order").click()
    reason = page.get_by_label("Your reason")
    await reason.fill("Not sure yet")

    await stripe_sandbox.confirm(order["payment_reference"])

    await expect(page.get_by_role("heading", name="Your order is confirmed")).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="Your order is confirmed")).to_have_count(1)
    await expect(reason).to_have_value("Not sure yet")
    await expect(reason).to_be_focused()
    await page.get_by_role("button", name="Cancel the order").click()
    await expect(page.get_by_role("heading", name="You cancelled this order.")).to_be_visible()
    await expect(page.get_by_text("has gone back to you")).to_be_visible()


async def test_more_orders_are_appended_and_the_focus_goes_on(page: Page, shop: Shop) -> None:
    storefront = shop.storefront
    for _ in range(21):
        await create_order(storefront.database, storefront.customer, storefront.mug)
    await sign_in(page, shop)
    await page.set_viewport_size(PHONE)
    await page.goto(shop.path("/account/orders"))
    assert await width_beyond_view(page) <= 0

    await page.get_by_role("link", name="Load more").focus()
    await page.keyboard.press("Enter")

    details = page.get_by_role("link", name="View details")
    await expect(details).to_have_count(21)
    await expect(details.last).to_be_focused()
    await expect(page.get_by_role("link", name="Load more")).to_have_count(0)
