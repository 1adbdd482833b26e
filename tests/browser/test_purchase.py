"""Buying something, by mouse and by keyboard."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Shop
from tests.browser.shopping import (
    DECLINED_CARD,
    THREE_D_SECURE_CARD,
    add_mug,
    go_to_payment,
    has_statuses,
    is_confirmed,
    place_order,
    sign_in,
    stored_orders,
    type_card,
)

pytestmark = pytest.mark.browser


async def test_card_pays_and_the_order_is_confirmed(page: Page, shop: Shop) -> None:
    await sign_in(page, shop)
    await add_mug(page, shop, quantity=2)
    await go_to_payment(page, shop)
    await expect(page.locator("#summary .total").last).to_have_text("€52.47")

    await place_order(page)

    await is_confirmed(page)
    await has_statuses(shop, ("confirmed", "paid"))


async def test_declined_card_says_why_and_another_pays_the_same_order(page: Page, shop: Shop) -> None:
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)

    await place_order(page, DECLINED_CARD)

    await expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    await expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(30:00|29:\d\d) left to pay$"))
    await type_card(page, "4242424242424242")
    await page.get_by_role("button", name="Try again").click()
    await is_confirmed(page)
    await has_statuses(shop, ("confirmed", "paid"))


async def test_reload_after_a_decline_goes_on_with_the_same_order(page: Page, shop: Shop) -> None:
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)
    await place_order(page, DECLINED_CARD)
    await expect(page.get_by_role("alert")).to_have_text("Your card was declined.")

    await page.reload()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Pay order")
    await type_card(page, "4242424242424242")
    await page.get_by_role("button", name="Pay €").click()
    await is_confirmed(page)
    await has_statuses(shop, ("confirmed", "paid"))


@pytest.mark.parametrize(("answer", "paid"), [("Complete", True), ("Fail", False)])
async def test_three_d_secure_is_accepted_or_refused(page: Page, shop: Shop, answer: str, paid: bool) -> None:
    await sign_in(page, shop)
    await add_mug(page, shop)
    await go_to_payment(page, shop)

    await place_order(page, THREE_D_SECURE_CARD)
    bank = page.frame_locator("dialog iframe")
    await bank.get_by_role("button", name=answer).click()

    if paid:
        await is_confirmed(page)
        await has_statuses(shop, ("confirmed", "paid"))
    else:
        await expect(page.get_by_role("alert")).to_contain_text("authenticate")
        assert [order.status for order in await stored_orders(shop)] == ["pending"]
