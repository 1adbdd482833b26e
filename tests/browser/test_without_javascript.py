"""A browser without scripts can do everything but pay, and is told why."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import update

from db.tables import Customer
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, create_order
from tests.browser.conftest import Shop
from tests.browser.inspection import DESK
from tests.builders import create_address
from tests.waiting import eventually

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture
async def plain(chromium: Browser, shop: Shop) -> AsyncIterator[Page]:
    """A tab of a browser whose scripts are turned off."""
    context = await chromium.new_context(
        base_url=shop.url, viewport=DESK, locale="en-GB", java_script_enabled=False
    )
    context.set_default_timeout(20_000)
    context.on("page", shop.watch.attach)
    yield await context.new_page()
    await context.close()


async def press(page: Page, name: str) -> None:
    """Send a form, until its answer is there: a slow browser has not begun to leave the page on a click."""
    async with page.expect_navigation():
        await page.get_by_role("button", name=name, exact=True).click()


async def fill(page: Page, **typed: str) -> None:
    for label, text in typed.items():
        await page.get_by_label(label.replace("_", " ")).fill(text)


async def fill_address(page: Page) -> None:
    await fill(
        page,
        First_name="Gina",
        Last_name="Guest",
        Street_and_number="3 Rue du Port",
        Postal_code="L-2000",
        City="Esch",
    )


async def has_heading(page: Page, words: str) -> None:
    await expect(page.get_by_role("heading", name=words)).to_be_visible()


async def test_guest_comes_to_the_payment_which_says_what_it_needs(plain: Page, shop: Shop) -> None:
    await plain.goto(shop.path())
    await plain.get_by_role("link", name="Tea pot").click()
    await press(plain, "Add to cart")
    await expect(plain.get_by_text("It is in your cart.")).to_be_visible()
    await plain.get_by_label("Search products").fill("mug")
    await plain.get_by_label("Search products").press("Enter")
    await has_heading(plain, "Results for “mug”")
    await plain.get_by_role("link", name="Coffee mug").click()
    await press(plain, "Add to cart")
    await plain.get_by_role("link", name="View cart").click()

    await plain.get_by_label("Quantity of Coffee mug").fill("3")
    await plain.locator("li", has_text="Coffee mug").get_by_role("button", name="Update").click()
    await expect(plain.get_by_label("Quantity of Coffee mug")).to_have_value("3")
    await press(plain, "Remove Tea pot")
    await expect(plain.get_by_label("Quantity of Tea pot")).to_have_count(0)
    await expect(plain.locator(".summary dd")).to_have_text("€59.70")

    await plain.get_by_role("link", name="Check out").click()
    await fill(plain, **{"E-mail_address": "guest@mail.example"})
    await press(plain, "Continue as a guest")
    await fill_address(plain)
    await press(plain, "Use this address")
    await press(plain, "Continue to payment")
    await has_heading(plain, "How would you like to pay?")
    # Playwright looks for texts everywhere but in here.
    said = plain.locator("noscript .alert")
    await expect(said).to_be_visible()
    assert "Paying needs JavaScript" in await said.inner_text()
    await expect(plain.get_by_text("Loading the payment form")).to_be_hidden()
    await expect(plain.get_by_role("button", name="Place order")).to_be_disabled()


async def test_account_is_made_left_and_used_again(plain: Page, shop: Shop) -> None:
    shop.watch.tolerated.add(422)
    person = {"E-mail_address": "gina@mail.example", "Password": PASSWORD}
    await plain.goto(shop.path("/login"))
    await plain.get_by_role("link", name="Create an account").click()
    await fill(plain, First_name="Gina", Last_name="Guest", **person)
    await press(plain, "Create account")
    await expect(plain.get_by_text("You have not ordered anything yet.")).to_be_visible()

    await plain.get_by_role("link", name="Addresses").click()
    await plain.get_by_role("link", name="Add an address").click()
    await fill_address(plain)
    await press(plain, "Save address")
    await plain.get_by_role("link", name="Edit Gina Guest").click()
    await fill(plain, City="Differdange")
    await press(plain, "Save address")
    await expect(plain.locator(".addresses li")).to_contain_text("Differdange")
    await plain.locator("summary", has_text="Delete").click()
    await press(plain, "Delete the address")
    await expect(plain.get_by_text("You have not saved an address yet.")).to_be_visible()

    await press(plain, "Sign out")
    await plain.get_by_role("link", name="Sign in").click()
    await fill(plain, **person | {"Password": "not the one"})
    await press(plain, "Sign in")
    await expect(plain.get_by_role("alert")).to_be_visible()
    await fill(plain, Password=PASSWORD)
    await press(plain, "Sign in")
    await has_heading(plain, "My orders")


async def test_orders_are_listed_written_about_and_cancelled(plain: Page, shop: Shop) -> None:
    storefront = shop.storefront
    for _ in range(20):
        await create_order(storefront.database, storefront.customer, storefront.mug)
    await create_address(storefront.database, storefront.customer, city="Esch")
    async with storefront.database.platform() as session:
        changed = update(Customer).where(Customer.id == storefront.customer.id)
        await session.execute(changed.values(password_hash=PASSWORD_HASH))
    placed = await plain.context.request.post(
        f"{storefront.path}/orders",
        data=storefront.order_request(await storefront.cart()),
        headers=storefront.headers,
    )
    number = (await placed.json())["order_number"]
    await plain.goto(shop.path("/account/orders"))
    await fill(plain, **{"E-mail_address": storefront.customer.email, "Password": PASSWORD})
    await press(plain, "Sign in")

    await expect(plain.get_by_role("article")).to_have_count(20)
    await plain.get_by_role("link", name="Load more").click()
    await expect(plain.get_by_role("article")).to_have_count(1)
    await plain.get_by_role("link", name="Orders", exact=True).click()
    await plain.get_by_role("article").filter(has_text=number).get_by_role("link").click()
    await has_heading(plain, "Your payment is still open")

    await fill(plain, Your_message="Is it dishwasher safe?")
    await press(plain, "Send message")
    await expect(plain).to_have_url(re.compile(r"#messages$"))
    await expect(plain.locator(".thread li")).to_contain_text("Is it dishwasher safe?")
    await plain.get_by_text("Cancel this order").click()
    await fill(plain, Your_reason="Too late")
    await press(plain, "Cancel the order")

    async def standing() -> str:
        await plain.reload()
        return await plain.locator(".next h2").inner_text()

    await eventually(standing, lambda found: found == "You cancelled this order.")
