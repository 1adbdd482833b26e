"""The desk's settings in a browser, each page held to the bars, and what a shopper sees of them."""

import pytest
from playwright.async_api import Page, expect

from db.queries.invoice_issuers import LINES, save_issuer
from tests.browser.conftest import Shop
from tests.browser.desk import work_at_desk
from tests.browser.inspection import Inspector, send
from tests.browser.shopping import add_mug
from tests.builders import create_shipping_method, create_vendor_user

_ISSUER = {**dict.fromkeys(LINES, "A line that is not short"), "country": "LU"}

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_every_state_of_the_settings(page: Page, shop: Shop, inspector: Inspector) -> None:
    await work_at_desk(page, shop)
    vendor = shop.storefront.vendor
    database = shop.storefront.database
    near = await create_shipping_method(database, vendor, name="By post", countries=["DE", "FR"])
    person = await create_vendor_user(database, vendor, role="staff")

    await inspector.open("/vendor/settings", "settings")
    await send(page, "Save", **{"Order numbers begin with": "7"})
    await inspector.look("settings refused")
    await inspector.open("/vendor/settings?saved=1", "settings saved")
    await inspector.open("/vendor/settings/shipping", "shipping rates")
    await inspector.open(f"/vendor/settings/shipping/{near.id}", "a shipping rate")
    await inspector.open("/vendor/settings/shipping/new", "a new shipping rate")
    await send(page, "Save", Name="", Price="much")
    await inspector.look("shipping rate refused")
    await inspector.open("/vendor/settings/invoices", "seller on invoices")
    await send(page, "Save", **{"Full name of the business": "", "VAT number": "7"})
    await inspector.look("seller on invoices refused")
    await inspector.open("/vendor/settings/people", "people")
    await inspector.open(f"/vendor/settings/people/{person.id}", "a person")
    await inspector.open("/vendor/settings/account", "own account")
    await send(page, "Change the password", **{"Present password": "wrong", "New password": "long enough"})
    await inspector.look("password refused")

    await work_at_desk(page, shop, role="viewer")
    await inspector.open("/vendor/settings", "settings seen by a viewer")
    await inspector.open("/vendor/settings/shipping", "shipping rates seen by a viewer")
    await inspector.open("/vendor/settings/invoices", "no seller on invoices seen by a viewer")
    async with database.vendor(vendor.id) as session:
        await save_issuer(session, vendor_id=vendor.id, lines=_ISSUER)
    await inspector.open("/vendor/settings/invoices", "seller on invoices seen by a viewer")


async def test_number_and_example_follow_what_is_chosen(page: Page, shop: Shop) -> None:
    await work_at_desk(page, shop)
    await page.goto("/vendor/settings")
    example = page.locator(".example:visible")

    await page.get_by_label("Order numbers begin with").fill("shop9")
    await expect(page.locator("output.number")).to_contain_text("SHOP9-")
    await expect(example).to_contain_text("€122.90")
    await page.get_by_label("Prices include tax").check()
    await expect(example).to_contain_text("€105.90")
    await expect(example).to_have_count(1)


async def test_ways_to_ship_follow_the_address(page: Page, shop: Shop) -> None:
    database, vendor = shop.storefront.database, shop.storefront.vendor
    shop.watch.tolerated.add(422)
    await create_shipping_method(database, vendor, code="bike", name="By bike", countries=["LU"])
    await add_mug(page, shop)
    await page.goto(shop.path("/checkout"))
    await page.get_by_label("E-mail address").fill("g@mail.example")
    await page.get_by_role("button", name="Continue as a guest").click()
    for country in ("LU", "DE"):
        await page.goto(shop.path("/checkout?new=shipping"))
        for label, text in _TYPED.items():
            await page.get_by_label(label, exact=True).fill(text)
        await page.get_by_label("Country").select_option(country)
        await page.get_by_role("button", name="Use this address").click()

    methods = page.locator("#methods")
    await expect(methods).not_to_contain_text("By bike")
    await page.locator("input[name=shipping]").first.check()
    await expect(methods).to_contain_text("By bike")
    await expect(page.get_by_role("button", name="Continue to payment")).to_be_enabled()


_TYPED = {
    "First name": "Gerda",
    "Last name": "Gast",
    "Street and number": "1 Rue A",
    "Postal code": "1111",
    "City": "Luxembourg",
}
