"""The platform's pages, each held to the bars."""

import pytest
from playwright.async_api import Page

from tests.api.backoffice import create_order
from tests.browser.conftest import Shop
from tests.browser.desk import work_as_admin
from tests.browser.inspection import Inspector, send
from tests.builders import create_vendor_user

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_every_state_of_the_platforms_pages(page: Page, shop: Shop, inspector: Inspector) -> None:
    await work_as_admin(page, shop)
    storefront = shop.storefront
    await create_order(storefront.database, storefront.customer, storefront.mug)
    await create_vendor_user(storefront.database, storefront.vendor)

    await inspector.open("/admin", "overview with an order")
    await inspector.open("/admin/vendors", "vendors")
    await inspector.open("/admin/vendors?search=nobody", "no vendor found")
    await inspector.open("/admin/vendors/new", "a new vendor")
    await send(page, "Add", Name="", Code="a b")
    await inspector.look("vendor refused")
    await inspector.open(f"/admin/vendors/{storefront.vendor.id}", "a vendor")
    await send(page, "Send the invitation", **{"First name": "", "Last name": ""})
    await inspector.look("invitation refused")
    await inspector.open("/admin/tax-rates", "tax rates")
    await send(page, "Set the rate", **{"Rate in percent": "much"})
    await inspector.look("tax rate refused")
