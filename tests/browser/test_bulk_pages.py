"""Changing orders in bulk in a browser: chosen, confirmed, followed to its end, stopped on the way."""

import pytest
from playwright.async_api import Page, expect

from settings import Settings
from tests.browser.conftest import Shop
from tests.browser.desk import work_at_desk
from tests.browser.inspection import Inspector

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Changes that are slow enough to be stopped on the way."""
    return settings.model_copy(update={"bulk_rate": 3.0})


async def test_bulk_change_from_the_choice_to_its_end(page: Page, shop: Shop, inspector: Inspector) -> None:
    await work_at_desk(page, shop)
    await inspector.open("/vendor/bulk", "no bulk changes yet")
    await inspector.open("/vendor/bulk/new", "nothing chosen")
    orders = await placed(shop, page, 9)
    chosen = ",".join(str(number) for number in orders)
    await inspector.open(f"/vendor/bulk/new?orders={chosen},{10**12}", "what orders can become")
    await page.get_by_role("link", name="Cancel").click()
    await inspector.look("before cancelling")
    await page.get_by_role("link", name="Something else").click()
    await page.get_by_role("link", name="Confirm payment").click()
    await page.get_by_label("Notes").fill("By the dozen.")
    await page.get_by_role("button", name="Change 9 orders").dblclick()

    await page.wait_for_url("**/vendor/bulk/*")
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#state")).to_contain_text("Paused")
    await inspector.look("paused")
    await page.get_by_role("button", name="Go on").click()
    # Nobody loads the page again from here on.
    await expect(page.locator("#state")).to_contain_text("Done", timeout=60_000)

    await expect(page.locator("#progress")).to_contain_text("10 of 10")
    await expect(page.locator("tbody tr").first).to_contain_text("There is no such order.")
    await inspector.look("done")
    await page.get_by_role("link", name="Changed 9").click()
    await expect(page.locator("tbody tr")).to_have_count(9)
    await page.locator("tbody a").first.click()
    await expect(page.get_by_role("main")).to_contain_text("By the dozen.")
    await inspector.open("/vendor/bulk", "bulk changes")
    await expect(page.locator("tbody tr")).to_have_count(1)


async def placed(shop: Shop, page: Page, number: int) -> list[int]:
    """Orders that wait for the shop to confirm their payment."""
    storefront = shop.storefront
    ids = []
    for _ in range(number):
        cart = await storefront.cart([(storefront.mug, 1)])
        answer = await page.request.post(
            f"{storefront.path}/orders",
            data={**storefront.order_request(cart), "payment_method": "manual"},
            headers=storefront.headers,
        )
        assert answer.status == 201, await answer.text()
        ids.append((await answer.json())["id"])
    return ids
