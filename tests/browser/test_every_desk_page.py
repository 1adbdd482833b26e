"""Every page of the desk and the platform in each of its states is accessible, narrow and light."""

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Shop
from tests.browser.desk import work_as_admin, work_at_desk
from tests.browser.inspection import Inspector, send

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_signing_in(page: Page, inspector: Inspector) -> None:
    for place in ("/vendor", "/admin"):
        await inspector.open(f"{place}/login", f"sign-in, {place}")
        await send(page, "Sign in", **{"E-mail address": "nobody@mail.example", "Password": "not the one"})
        await inspector.look(f"sign-in refused, {place}")


async def test_first_pages(page: Page, shop: Shop, inspector: Inspector) -> None:
    await work_at_desk(page, shop)
    await work_as_admin(page, shop)

    await inspector.open("/vendor/orders", "orders")
    await inspector.open("/admin", "overview")
