"""Every page of the desk and the platform in each of its states is accessible, narrow and light."""

import re
from functools import partial

import pytest
from playwright.async_api import Page, expect

from tests.api.backoffice import PASSWORD_HASH, create_admin
from tests.browser.conftest import Shop
from tests.browser.desk import work_as_admin, work_at_desk
from tests.browser.inspection import Inspector, send
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import MailboxProcess
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_signing_in(page: Page, inspector: Inspector) -> None:
    for place in ("/vendor", "/admin"):
        await inspector.open(f"{place}/login", f"sign-in, {place}")
        await send(page, "Sign in", **{"E-mail address": "nobody@mail.example", "Password": "not the one"})
        await inspector.look(f"sign-in refused, {place}")


async def test_forgotten_passwords(
    page: Page, shop: Shop, inspector: Inspector, mailbox: MailboxProcess
) -> None:
    """From the sign-in by the mail's link to the desk and the platform, and what is left of the link."""
    shop.watch.tolerated |= {404, 422}
    database = shop.storefront.database
    user = await create_vendor_user(database, shop.storefront.vendor, password_hash=PASSWORD_HASH)
    admin = await create_admin(database)
    for place, email, inside in (("/vendor", user.email, "Orders"), ("/admin", admin.email, "Overview")):
        await page.goto(f"{place}/login")
        await page.get_by_role("link", name="Forgot your password?").click()
        await inspector.look(f"password forgotten, {place}")
        await send(page, "Send the link", **{"E-mail address": "nobody"})
        await inspector.look(f"no address, {place}")
        await send(page, "Send the link", **{"E-mail address": email.upper()})
        await inspector.look(f"link asked for, {place}")
        [mail] = await eventually(partial(mailbox.messages, to=email), lambda mails: len(mails) > 0)
        [link] = re.findall(r"http\S+/set-password/\S+", mail["text"])
        await inspector.open(link, f"link, {place}")
        await send(page, "Set password and sign in", **{"New password": "short"})
        await inspector.look(f"password too short, {place}")
        await send(page, "Set password and sign in", **{"New password": "long enough"})
        await expect(page.get_by_role("heading", level=1)).to_have_text(inside)
        await inspector.open(link, f"link used, {place}", status=404)
        await expect(page.get_by_role("link", name="Ask for a new link")).to_be_visible()


async def test_first_pages(page: Page, shop: Shop, inspector: Inspector) -> None:
    await work_at_desk(page, shop)
    await work_as_admin(page, shop)

    await inspector.open("/vendor/orders", "orders")
    await inspector.open("/admin", "overview")
