"""Buying without an account, following the order from the e-mail, and making it an account afterwards."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Shop
from tests.browser.shopping import (
    DECLINED_CARD,
    GOOD_CARD,
    add_mug,
    has_statuses,
    is_confirmed,
    place_order,
    type_card,
)
from tests.fixtures.sandboxes import MailboxProcess
from tests.waiting import eventually

pytestmark = pytest.mark.browser
_EMAIL = "guest@mail.example"


async def check_out_as_guest(page: Page, shop: Shop) -> None:
    """From an empty cart to the payment step, with an e-mail address and an address to ship to."""
    await add_mug(page, shop)
    await page.goto(shop.path("/cart"))
    await page.get_by_role("link", name="Check out").click()
    await page.get_by_label("E-mail address").fill(_EMAIL)
    await page.get_by_role("button", name="Continue as a guest").click()
    await page.get_by_label("First name").fill("Gina")
    await page.get_by_label("Last name").fill("Guest")
    await page.get_by_label("Street and number").fill("3 Rue du Port")
    await page.get_by_label("Postal code").fill("L-2000")
    await page.get_by_label("City").fill("Luxembourg")
    await page.get_by_role("button", name="Use this address").click()
    await page.get_by_role("button", name="Continue to payment").click()


async def link_in(mailbox: MailboxProcess, subject: str, pattern: str) -> str:
    """The address that an e-mail to the guest leads to, once it is there."""

    async def found() -> str | None:
        for message in await mailbox.messages(to=_EMAIL):
            address = re.search(pattern, message["text"])
            if subject in message["subject"].lower() and address:
                return address[0]
        return None

    address = await eventually(found, lambda it: it is not None)
    assert address is not None
    return address


async def test_guest_buys_and_makes_it_an_account(page: Page, shop: Shop, mailbox: MailboxProcess) -> None:
    await check_out_as_guest(page, shop)
    await place_order(page)
    await is_confirmed(page)
    await has_statuses(shop, ("confirmed", "paid"))

    await page.get_by_role("link", name="Create an account").click()
    await expect(page.get_by_label("E-mail address")).to_have_value(_EMAIL)
    await page.get_by_role("button", name="Send the link").click()
    await expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    address = await link_in(mailbox, "account", r"http\S+/account/set-password/\S+")

    await page.context.clear_cookies()
    await page.goto(address)
    await page.get_by_label("New password").fill("a good long password")
    await page.get_by_role("button", name="Set password and sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("My orders")
    await page.get_by_role("link", name="View details").click()
    await expect(page.get_by_role("heading", name="Your order is confirmed")).to_be_visible()

    shop.watch.tolerated.add(404)
    await page.goto(address)
    await expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work any more")


async def test_email_leads_to_the_order_without_signing_in(
    page: Page, shop: Shop, mailbox: MailboxProcess
) -> None:
    await check_out_as_guest(page, shop)
    await place_order(page, DECLINED_CARD)
    await expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    address = await link_in(mailbox, "payment", r"http\S+/track/\S+")

    await page.context.clear_cookies()
    await page.goto(address)
    await expect(page.get_by_role("heading", name="The payment did not go through")).to_be_visible()
    assert "Rue du Port" not in await page.content()
    await page.get_by_role("link", name="Try again").click()
    await type_card(page, GOOD_CARD)
    await page.get_by_role("button", name="Pay €").click()

    await expect(page.get_by_role("heading", name="Your order is confirmed")).to_be_visible()
    await has_statuses(shop, ("confirmed", "paid"))
