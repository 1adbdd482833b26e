"""The time to pay ends while somebody looks at the payment."""

import pytest
from playwright.async_api import BrowserContext, Page, expect
from sqlalchemy import update

from db.tables import Vendor
from tests.browser.conftest import Shop
from tests.browser.shopping import add_mug, go_to_payment, has_statuses, is_confirmed, place_order, sign_in

pytestmark = pytest.mark.browser
_WINDOW = 10


async def test_order_that_is_not_paid_in_time_is_cancelled_and_can_be_bought_again(
    visitor: BrowserContext, page: Page, shop: Shop
) -> None:
    storefront = shop.storefront
    async with storefront.database.platform() as session:
        await session.execute(
            update(Vendor).where(Vendor.id == storefront.vendor.id).values(payment_window=_WINDOW)
        )
    # A visitor's clock may be wrong; what is left is the server's word.
    await page.add_init_script("const now = Date.now; Date.now = () => now() + 86_400_000;")
    await sign_in(page, shop)
    cart = await storefront.cart([(storefront.mug, 10)])
    placed = await visitor.request.post(
        f"{storefront.path}/orders",
        data=storefront.order_request(cart, payment_method="stripe"),
        headers=storefront.headers,
    )
    order = await placed.json()

    await page.goto(shop.path(f"/account/orders/{order['id']}/pay"))
    timer = page.get_by_role("timer")
    await expect(timer).to_contain_text("left to pay")
    shown = await timer.inner_text()
    await expect(timer).not_to_have_text(shown)

    await expect(page.get_by_role("heading", name="it was not paid in time")).to_be_visible(timeout=40_000)
    await expect(page.get_by_text("You have not been charged.")).to_be_visible()
    await has_statuses(shop, ("cancelled", "voided"))
    async with storefront.database.platform() as session:
        await session.execute(
            update(Vendor).where(Vendor.id == storefront.vendor.id).values(payment_window=1800)
        )
    await expect(page.get_by_text("put it into your cart again")).to_be_visible()
    await page.get_by_role("link", name="Continue shopping").click()
    await expect(page.get_by_role("link", name="Coffee mug")).not_to_contain_text("Sold out")
    await add_mug(page, shop, quantity=10)
    await go_to_payment(page, shop)
    await place_order(page)

    await is_confirmed(page)
    await has_statuses(shop, ("cancelled", "voided"), ("confirmed", "paid"))
