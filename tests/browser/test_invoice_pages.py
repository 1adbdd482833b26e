"""Invoices in a browser: every state of their pages, and a button that appears when the money is there."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from db.tables import Order
from tests.api.backoffice import create_order
from tests.api.invoiced import RATES, paid_order, set_up_invoices
from tests.api.sales import refund
from tests.browser.conftest import Shop
from tests.browser.desk import work_at_desk
from tests.browser.inspection import Inspector
from tests.browser.shopping import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def _issued(page: Page, shop: Shop, status: str = "succeeded") -> Order:
    """An order with an invoice, which a note is due for where a refund arrived."""
    database = shop.storefront.database
    order = await paid_order(database, shop.storefront, paid_at=datetime.now(UTC))
    path = f"{shop.url}/api/v1/public/vendors/{order.vendor_id}/orders/my-orders/{order.id}/invoices"
    answer = await page.request.post(path, headers=shop.storefront.headers)
    assert answer.status == 201
    await refund(database, order, 5, status, datetime.now(UTC))
    return order


async def test_customers_page(page: Page, shop: Shop, inspector: Inspector) -> None:
    await set_up_invoices(shop.storefront.database, shop.storefront.vendor)
    await sign_in(page, shop)
    due = await paid_order(shop.storefront.database, shop.storefront)
    issued = await _issued(page, shop)

    await inspector.open(shop.path(f"/account/orders/{due.id}"), "invoice due")
    await inspector.open(shop.path(f"/account/orders/{issued.id}"), "invoice issued, credit note due")
    await expect(page.get_by_role("button", name="Get the credit note")).to_be_visible()


async def test_desks_pages(page: Page, shop: Shop, inspector: Inspector) -> None:
    database, open_ = shop.storefront.database, inspector.open
    user = await work_at_desk(page, shop)
    due = await paid_order(database, shop.storefront, paid_at=datetime.now(UTC))

    await open_("/vendor/invoices", "invoices, not set up")
    await open_(f"/vendor/orders/{due.id}", "order, invoices not set up")
    await set_up_invoices(database, shop.storefront.vendor)
    await open_("/vendor/invoices", "no invoices")
    await open_(f"/vendor/orders/{due.id}", "order, invoice due")
    issued = await _issued(page, shop)
    await open_(f"/vendor/orders/{issued.id}", "order, invoice issued, credit note due")
    await page.goto("/vendor/invoices")
    await page.get_by_role("button", name="Issue what is due for").click()
    await expect(page.get_by_text("2 issued for")).to_be_visible()
    await inspector.look("month issued")
    await open_("/vendor/invoices?month=2026-01&issued=3&more=true", "month of which something is left")
    assert user.role == "owner"


async def test_button_appears_when_the_money_is_there(page: Page, shop: Shop) -> None:
    storefront = shop.storefront
    await set_up_invoices(storefront.database, storefront.vendor)
    await sign_in(page, shop)
    order = await create_order(
        storefront.database, storefront.customer, storefront.mug, status="pending", payment_status="pending"
    )
    await page.goto(shop.path(f"/account/orders/{order.id}"))
    await expect(page.get_by_role("heading", name="Amounts")).to_be_visible()
    await expect(page.get_by_role("button", name="Get the invoice")).not_to_be_visible()

    paid = {
        "status": "confirmed",
        "payment_status": "paid",
        "paid_at": datetime.now(UTC),
        "tax_summary": RATES,
    }
    async with storefront.database.platform() as session:
        await session.execute(update(Order).where(Order.id == order.id).values(**paid))
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await expect(page.get_by_role("button", name="Get the invoice")).to_be_visible()
