"""What shoppers do on the pages."""

import re
from urllib.parse import urlsplit

from playwright.async_api import FrameLocator, Page, expect
from sqlalchemy import select

from api.tokens import Audience, Tokens, customer_claims
from db.tables import Customer, Order
from tests.browser.conftest import Shop
from tests.waiting import eventually

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
THREE_D_SECURE_CARD = "4000002760003184"
PASSWORD = "correct horse battery"


async def sign_in(page: Page, shop: Shop, customer: Customer | None = None) -> None:
    """As the storefront's customer unless given, the way the server remembers it: by cookie."""
    storefront = shop.storefront
    settings = storefront.settings
    tokens = Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime)
    await page.context.add_cookies(
        [
            {
                "name": f"orion_customer_{storefront.vendor.id}",
                "value": tokens.issue(Audience.CUSTOMER, customer_claims(customer or storefront.customer)),
                "url": shop.url,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
    )


async def add_mug(page: Page, shop: Shop, *, quantity: int = 1) -> None:
    """Put mugs into the cart from the mug's page."""
    await page.goto(shop.path(f"/products/{shop.storefront.mug.id}"))
    await page.get_by_label("Quantity").fill(str(quantity))
    await page.get_by_role("button", name="Add to cart").click()
    await expect(page.get_by_text("It is in your cart.")).to_be_visible()


async def go_to_payment(page: Page, shop: Shop) -> None:
    """From the cart to the payment step, with what is chosen beforehand."""
    await page.goto(shop.path("/cart"))
    await page.get_by_role("link", name="Check out").click()
    await page.get_by_role("button", name="Continue to payment").click()
    await expect(page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()


def card_form(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='Secure card payment form']")


async def type_card(page: Page, number: str) -> None:
    form = card_form(page)
    await form.get_by_label("Card number").fill(number)
    await form.get_by_label("Expiry").fill("1240")
    await form.get_by_label("Security code").fill("123")


async def place_order(page: Page, number: str = GOOD_CARD) -> None:
    await type_card(page, number)
    await page.get_by_role("button", name="Place order").click()


async def is_confirmed(page: Page) -> int:
    """The confirmation is shown; answers the order's id."""
    await page.wait_for_url(re.compile(r"/checkout/done/\d+"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    return int(urlsplit(page.url).path.rpartition("/")[2])


async def stored_orders(shop: Shop) -> list[Order]:
    """Every order of the shop, oldest first."""
    async with shop.storefront.database.vendor(shop.storefront.vendor.id) as session:
        return list(await session.scalars(select(Order).order_by(Order.id)))


async def has_statuses(shop: Shop, *wanted: tuple[str, str]) -> None:
    """The shop has these orders, by status and payment status."""

    async def statuses() -> list[tuple[str, str]]:
        return [(order.status, order.payment_status) for order in await stored_orders(shop)]

    await eventually(statuses, lambda found: found == list(wanted))


async def width_beyond_view(page: Page) -> int:
    """How far the page scrolls sideways, in pixels."""
    width: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width
