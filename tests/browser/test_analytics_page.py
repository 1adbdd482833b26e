"""The desk's figures in each of their states, and what a chart says to the arrow keys and to the pointer."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from tests.api.backoffice import create_order
from tests.api.sales import change, refund
from tests.browser.conftest import Shop
from tests.browser.desk import work_at_desk
from tests.browser.inspection import Inspector

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAGE = "/vendor/analytics"


async def sell(shop: Shop) -> None:
    """A few orders in the year, the newest one now and some of them refunded."""
    storefront = shop.storefront
    now = datetime.now(UTC)
    for days in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377):
        moment = now - timedelta(days=days)
        product = storefront.pot if days % 2 else storefront.mug
        order = await create_order(storefront.database, storefront.customer, product, created_at=moment)
        await change(storefront.database, order, paid_at=moment, shipped_at=moment + timedelta(hours=days))
        if days % 3 == 0:
            await refund(storefront.database, order, 19, "succeeded", moment)


async def test_figures(page: Page, shop: Shop, inspector: Inspector) -> None:
    await work_at_desk(page, shop, "viewer")
    await inspector.open(PAGE, "new shop")
    await sell(shop)
    for period in ("7", "90", "last-month"):
        await inspector.open(f"{PAGE}?period={period}", period)
    today = datetime.now(UTC).date()
    await inspector.open(f"{PAGE}?date_from={today - timedelta(days=399)}&date_to={today}", "400 days")
    for table in await page.get_by_text("As a table").all():
        await table.click()
    await inspector.look("400 days with their tables")
    await inspector.open(f"{PAGE}?date_from={today}&date_to=2000-01-01", "own days wrong", status=422)

    await page.get_by_label("From").fill(str(today - timedelta(days=2)))
    await page.get_by_label("To", exact=True).fill(str(today))
    async with page.expect_navigation():
        await page.get_by_role("button", name="Show").click()
    chart = page.get_by_role("slider", name="Revenue and refunds")
    await chart.press("End")
    await expect(chart).to_have_attribute(
        "aria-valuetext", re.compile("so far: Revenue €19.90, Refunds €19.00")
    )
    await chart.press("ArrowLeft")
    await expect(page.locator(".readout:visible")).to_contain_text("Revenue €49.00, Refunds €0.00")
    await inspector.look("own days, a bar chosen")
    box = await chart.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 6, box["y"] + 50)
    await expect(page.locator(".readout:visible")).to_contain_text("Revenue €19.90, Refunds €0.00")
