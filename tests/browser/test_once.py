"""One cart is one order: clicked twice, in two tabs, reloaded, gone back, offline."""

import re

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect
from sqlalchemy import update

from db.tables import Product
from tests.browser.conftest import Shop
from tests.browser.shopping import (
    DECLINED_CARD,
    GOOD_CARD,
    add_mug,
    go_to_payment,
    has_statuses,
    is_confirmed,
    place_order,
    sign_in,
    stored_orders,
    type_card,
)

pytestmark = pytest.mark.browser


async def test_double_click_orders_once(page: Page, shop: Shop) -> None:
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)
    await type_card(page, GOOD_CARD)

    await page.get_by_role("button", name="Place order").dblclick()

    await is_confirmed(page)
    await has_statuses(shop, ("confirmed", "paid"))


async def test_second_tab_is_led_to_the_order_that_the_first_one_placed(
    visitor: BrowserContext, page: Page, shop: Shop
) -> None:
    # Stripe refuses to take a payment twice.
    shop.watch.tolerated.add(400)
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)
    second = await visitor.new_page()
    await second.goto(page.url)
    await expect(second.get_by_role("button", name="Place order")).to_be_enabled()

    await place_order(page)
    await is_confirmed(page)
    await place_order(second)

    await second.wait_for_url(re.compile(r"/account/orders/\d+$"))
    await expect(second.get_by_role("heading", name="Your order is confirmed")).to_be_visible()
    await has_statuses(shop, ("confirmed", "paid"))


async def test_reload_and_back_keep_the_cart_at_each_step(page: Page, shop: Shop) -> None:
    await sign_in(page, shop)
    await add_mug(page, shop, quantity=2)
    await page.goto(shop.path("/cart"))
    await page.reload()
    async with page.expect_navigation():
        await page.get_by_role("link", name="Check out").click()
    await page.reload()
    await page.get_by_role("button", name="Continue to payment").click()
    await expect(page.locator("#summary .total").last).to_have_text("€52.47")
    await page.reload()
    await expect(page.locator("#summary .total").last).to_have_text("€52.47")

    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Where should it go?")
    await page.go_back()
    await expect(page.get_by_role("spinbutton", name="Quantity of Coffee mug")).to_have_value("2")
    await page.go_forward()
    await page.go_forward()
    await place_order(page)

    await is_confirmed(page)
    await has_statuses(shop, ("confirmed", "paid"))


async def test_back_after_a_decline_does_not_order_again(page: Page, shop: Shop) -> None:
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)
    await place_order(page, DECLINED_CARD)
    await expect(page.get_by_role("alert")).to_have_text("Your card was declined.")

    await page.go_back()
    await page.goto(shop.path("/checkout"))

    await expect(page).to_have_url(re.compile(r"/cart$"))
    await page.get_by_role("link", name="Pay now").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Pay order")
    assert len(await stored_orders(shop)) == 1


async def test_lost_connection_orders_once_when_it_is_back(page: Page, shop: Shop) -> None:
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)
    lost = 0

    async def swallow(route: Route) -> None:
        """The order reaches the shop and the answer does not reach the shopper, twice."""
        nonlocal lost
        if route.request.method == "POST" and lost < 2:
            lost += 1
            await route.fetch()
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/orders", swallow)
    shop.watch.expected.append("net::ERR_CONNECTION_RESET")
    await place_order(page)

    await is_confirmed(page)
    assert lost == 2
    await has_statuses(shop, ("confirmed", "paid"))


async def test_changed_price_is_said_and_asked_again(page: Page, shop: Shop) -> None:
    shop.watch.tolerated.add(409)
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)
    mug = shop.storefront.mug
    async with shop.storefront.database.vendor(mug.vendor_id) as session:
        await session.execute(update(Product).where(Product.id == mug.id).values(price=24))

    await place_order(page)

    await expect(page.get_by_role("alert")).to_contain_text("changed from €29.18 to €33.98")
    await expect(page.locator("#summary .total").last).to_have_text("€33.98")
    assert await stored_orders(shop) == []
    await page.get_by_role("button", name="Place order").click()
    await is_confirmed(page)
    await has_statuses(shop, ("confirmed", "paid"))


async def test_sold_out_meanwhile_leads_back_to_the_cart(page: Page, shop: Shop) -> None:
    shop.watch.tolerated.add(409)
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)
    mug = shop.storefront.mug
    async with shop.storefront.database.vendor(mug.vendor_id) as session:
        await session.execute(update(Product).where(Product.id == mug.id).values(is_active=False))

    await place_order(page)

    await expect(page.get_by_role("alert")).to_contain_text("Coffee mug is not sold any more.")
    await page.get_by_role("link", name="Back to the cart").click()
    await expect(page.get_by_text("This is sold out.")).to_be_visible()
    await expect(page.get_by_role("link", name="Check out")).to_have_count(0)
    assert await stored_orders(shop) == []
