"""The order table in a browser: found, sorted and chosen without loading it anew, and alive."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from db.tables import Order, OrderEvent
from tests.api.backoffice import create_order
from tests.browser.conftest import Shop
from tests.browser.desk import work_at_desk
from tests.browser.inspection import PHONE, Inspector
from tests.builders import create_customer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def ship(shop: Shop, order: Order) -> None:
    """Let an order be shipped, as its workflow would write it."""
    async with shop.storefront.database.platform() as session:
        stored = await session.get_one(Order, order.id)
        stored.status = "shipped"
        session.add(
            OrderEvent(
                vendor_id=stored.vendor_id,
                order_id=stored.id,
                sequence=2,
                type="order.shipped",
                from_status="confirmed",
                to_status="shipped",
                payment_status="paid",
                actor_type="vendor",
            )
        )


async def test_orders_are_found_sorted_and_chosen_while_they_change(
    page: Page, shop: Shop, inspector: Inspector
) -> None:
    storefront = shop.storefront
    rita = await create_customer(
        storefront.database, storefront.vendor, first_name="Rita", last_name="Reed", email="rita@mail.example"
    )
    await work_at_desk(page, shop)
    rows, tabs = page.locator("#rows tr"), page.get_by_role("navigation", name="Status")

    async def place(customer: object = storefront.customer, product: object = storefront.mug) -> Order:
        return await create_order(storefront.database, customer, product)  # type: ignore[arg-type]

    await inspector.open("/vendor/orders", "no orders")
    await expect(page.get_by_role("heading", name="No orders yet")).to_be_visible()

    # The first order appears by itself; where somebody is at work, a new one only says that it is there.
    mug = await place()
    await expect(rows).to_have_count(1)
    search = page.get_by_label("Search")
    await search.focus()
    pot = await place(rita, storefront.pot)
    await expect(tabs.get_by_role("link", name="Confirmed 2")).to_be_visible()
    await expect(rows).to_have_count(1)
    await page.get_by_role("link", name="1 new order").click()
    await expect(rows).to_have_count(2)
    await inspector.look("two orders")

    # Typing searches, keeps the focus, and is one step back however many letters it took.
    await search.focus()
    await page.keyboard.type("rita", delay=30)
    await expect(page).to_have_url(re.compile(r"\?search=rita$"))
    await expect(rows).to_have_count(1)
    await expect(search).to_be_focused()
    await expect(rows).to_contain_text(pot.order_number)
    await inspector.look("found")
    await page.go_back()
    await expect(rows).to_have_count(2)
    await expect(search).to_have_value("")

    # Heads sort by keyboard too; the address can be shared.
    await page.get_by_role("columnheader", name="Total").get_by_role("link").press("Enter")
    await expect(page).to_have_url(re.compile("sort=highest"))
    await expect(page.get_by_role("columnheader", name="Total")).to_have_attribute("aria-sort", "descending")
    await expect(page.locator("#by-total")).to_be_focused()
    await expect(rows.first).to_contain_text(pot.order_number)
    await page.reload()
    await expect(rows.first).to_contain_text(pot.order_number)

    # A row that changes keeps its place and that it is chosen.
    await page.get_by_label("Select all on this page").check()
    await expect(page.locator("#chosen")).to_have_text("2 selected")
    await ship(shop, mug)
    await expect(page.locator(f"#order-{mug.id} .status")).to_have_text("Shipped")
    await expect(page.locator(f"#pick-{mug.id}")).to_be_checked()
    await expect(tabs.get_by_role("link", name="Shipped 1")).to_be_visible()
    await inspector.look("chosen")

    # What would be sent: these orders, and under which filters.
    sent = await page.evaluate(
        "() => [...new FormData(document.getElementById('choice'), document.getElementById('change-chosen'))]"
        ".filter(([name]) => name !== 'csrf_token')"
    )
    assert sent == [["query", ""], ["order_id", str(pot.id)], ["order_id", str(mug.id)]]

    await search.fill("nobody at all")
    await expect(page.get_by_role("heading", name="No order matches")).to_be_visible()
    await inspector.look("no match")
    await inspector.open("/vendor/orders?date_from=soon", "an address that makes no sense", status=422)


async def test_next_step_is_in_sight_and_a_number_in_one_piece(page: Page, shop: Shop) -> None:
    """With the widest words of every column, in a laptop's window and on a phone."""
    storefront = shop.storefront
    for status, payment in (("pending", "pending"), ("confirmed", "partially_refunded")):
        await create_order(
            storefront.database,
            storefront.customer,
            storefront.mug,
            status=status,
            payment_status=payment,
        )
    await work_at_desk(page, shop)
    await page.goto("/vendor/orders")
    await expect(page.locator("#rows tr")).to_have_count(2)

    for width in (1200, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        hidden = await page.locator(".table.orders").evaluate("(it) => it.scrollWidth - it.clientWidth")
        assert hidden == 0, width
    await page.set_viewport_size(PHONE)
    for box in [await each.bounding_box() for each in await page.locator("#rows th a").all()]:
        assert box is not None
        assert box["height"] < 50


async def test_slow_answer_never_replaces_a_newer_one_and_a_burst_is_asked_for_few_times(
    page: Page, shop: Shop
) -> None:
    storefront = shop.storefront
    orders = [await create_order(storefront.database, storefront.customer, storefront.mug) for _ in range(12)]
    await work_at_desk(page, shop)
    await page.goto("/vendor/orders")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "shown=" in request.url else None)

    for order in orders:
        await ship(shop, order)
    await expect(page.get_by_role("link", name="Shipped 12")).to_be_visible()
    assert len(asked) <= 6

    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route(re.compile(r"search=slow"), hold)
    async with page.expect_request(re.compile("search=slow")):
        await page.get_by_label("Search").fill("slow")
    await page.get_by_label("Search").fill(orders[0].order_number)
    await expect(page.locator("#rows tr")).to_have_count(1)
    for route in held:
        await route.continue_()
    await expect(page).to_have_url(re.compile(f"search={orders[0].order_number}"))
    await expect(page.locator("#rows tr")).to_have_count(1)
