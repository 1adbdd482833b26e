"""One browser and whoever uses it: what is in the cart follows its owner, and nobody else."""

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from db.tables import Customer
from tests.api.backoffice import PASSWORD, PASSWORD_HASH
from tests.browser.conftest import Shop
from tests.browser.shopping import add_mug

pytestmark = pytest.mark.browser


async def sign_in_by_form(page: Page, shop: Shop) -> None:
    await page.goto(shop.path("/login?next=/cart"))
    await page.get_by_label("E-mail address").fill(shop.storefront.customer.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your cart")


async def test_cart_joins_the_customers_and_leaves_with_them(page: Page, shop: Shop) -> None:
    storefront = shop.storefront
    async with storefront.database.platform() as session:
        changed = update(Customer).where(Customer.id == storefront.customer.id)
        await session.execute(changed.values(password_hash=PASSWORD_HASH))
    await storefront.cart([(storefront.pot, 1), (storefront.mug, 1)])
    empty = page.get_by_text("Your cart is empty.")

    await add_mug(page, shop, quantity=2)
    await sign_in_by_form(page, shop)
    await expect(page.get_by_label("Quantity of Tea pot")).to_have_value("1")
    await expect(page.get_by_label("Quantity of Coffee mug")).to_have_value("2")
    await page.goto(shop.path("/account/addresses"))
    await expect(page.locator("address")).to_contain_text("1 Rue de la Gare")

    await page.goto(shop.path("/cart"))
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("link", name="Cart: empty")).to_be_visible()
    await page.go_back()
    await expect(empty).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await add_mug(page, shop)
    await page.goto(shop.path("/cart"))
    await expect(page.get_by_label("Quantity of Tea pot")).to_have_count(0)
    await expect(page.get_by_label("Quantity of Coffee mug")).to_have_value("1")

    await sign_in_by_form(page, shop)
    await expect(page.get_by_label("Quantity of Tea pot")).to_have_value("1")
    await expect(page.get_by_label("Quantity of Coffee mug")).to_have_value("2")
