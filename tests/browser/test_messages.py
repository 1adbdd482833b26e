"""The customer and the shop write to each other."""

import pytest
from playwright.async_api import Page, expect

from db.queries.messages import NewMessage, add_message
from domain.lifecycle import ActorType
from tests.api.backoffice import create_order
from tests.browser.conftest import Shop
from tests.browser.shopping import sign_in
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import MailboxProcess
from tests.waiting import eventually

pytestmark = pytest.mark.browser


async def test_message_mails_the_shop_and_its_answer_appears(
    page: Page, shop: Shop, mailbox: MailboxProcess
) -> None:
    storefront = shop.storefront
    order = await create_order(storefront.database, storefront.customer, storefront.mug)
    await sign_in(page, shop)
    await page.goto(shop.path(f"/account/orders/{order.id}"))
    message = page.get_by_label("Your message")
    await message.fill("Does it come in <blue>?")

    # The page that is about to be left may show the message too, and takes what is typed next with it.
    async with page.expect_navigation():
        await page.get_by_role("button", name="Send message").dblclick()

    thread = page.locator("#order-messages li")
    await expect(thread).to_have_count(1)
    await expect(thread).to_contain_text("Does it come in <blue>?")
    mails = await eventually(lambda: mailbox.messages(to=storefront.vendor.contact_email), bool)
    assert len(mails) == 1
    assert "Does it come in <blue>?" in mails[0]["text"]

    user = await create_vendor_user(storefront.database, storefront.vendor)
    answer = NewMessage(storefront.vendor.id, order.id, ActorType.VENDOR, user.id, "Blue and green.")
    await message.fill("And")
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await add_message(session, answer)

    await expect(thread).to_have_count(2)
    await expect(thread.last).to_contain_text("Acme")
    await expect(message).to_have_value("And")
