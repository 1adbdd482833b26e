"""Buying without a mouse."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Shop
from tests.browser.shopping import GOOD_CARD, card_form, has_statuses, is_confirmed, sign_in

pytestmark = pytest.mark.browser
_MOST_STEPS = 60


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control with this name has the focus, and see that the focus shows."""
    for _ in range(_MOST_STEPS):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if await focused.count() == 0:
            continue
        label = await focused.evaluate(
            "it => it.labels?.[0]?.innerText || it.getAttribute('aria-label') || it.innerText"
        )
        if label.strip().startswith(name):
            ring = await focused.evaluate(
                "it => [it, it.closest('.option')].filter(Boolean)"
                ".some(e => getComputedStyle(e).outlineStyle !== 'none')"
            )
            assert ring, f"nobody sees that {name} has the focus"
            return
    raise AssertionError(f"Tab never reaches {name}")


async def test_whole_purchase_by_keyboard(page: Page, shop: Shop) -> None:
    await sign_in(page, shop)
    await page.goto(shop.path())
    await tab_to(page, "Skip to content")
    await page.keyboard.press("Enter")
    await tab_to(page, "Coffee mug")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Coffee mug")).to_be_visible()
    await tab_to(page, "Add to cart")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("It is in your cart.")).to_be_visible()
    await tab_to(page, "View cart")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your cart")).to_be_visible()
    await tab_to(page, "Check out")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Where should it go?")).to_be_visible()
    await tab_to(page, "Continue to payment")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Place order")).to_be_enabled()
    await tab_to(page, "Card and other ways")
    await page.keyboard.press("Tab")
    await expect(card_form(page).get_by_label("Card number")).to_be_focused()
    await page.keyboard.type(GOOD_CARD)
    await page.keyboard.press("Tab")
    await page.keyboard.type("1240")
    await page.keyboard.press("Tab")
    await page.keyboard.type("123")
    await tab_to(page, "Place order")
    await page.keyboard.press("Enter")

    await is_confirmed(page)
    await has_statuses(shop, ("confirmed", "paid"))
