"""The mailbox's pages in a browser."""

from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest
from playwright.async_api import Browser, Page, expect

from tests.local.mailbox.running import Mailbox

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """The run's browser; pages of the test are closed, so that none goes on asking an ended mailbox."""
    others = set(chromium.contexts)
    yield chromium
    for context in set(chromium.contexts) - others:
        await context.close()


def _message(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "ACME Outdoor <orders@acme.example>"
    message["To"] = "an.address.of.considerable.length.without.any.space@customers.acme.example"
    message["Subject"] = subject
    message["Message-ID"] = f"<{subject.replace(' ', '-')}@acme.example>"
    message.set_content("A" * 400 + "\n")
    message.add_alternative(
        '<html><head></head><body><script>document.title = "ran"</script>'
        '<h1>Thank you</h1><img src="http://127.0.0.1:9/pixel.png"><a href="/">Pay</a></body></html>',
        subtype="html",
    )
    return message


async def _width_beyond_view(page: Page) -> int:
    width: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


async def test_list_and_message_fit_a_phone_without_errors(mailbox: Mailbox, browser: Browser) -> None:
    await mailbox.send(_message("Your order ACME-20261122-00042 is confirmed"))
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    problems: list[str] = []
    page.on("console", lambda entry: problems.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    await page.goto(mailbox.url)
    await expect(page.get_by_role("link", name="ACME-20261122-00042")).to_be_visible()
    assert await _width_beyond_view(page) == 0
    assert problems == []

    await page.get_by_role("link", name="ACME-20261122-00042").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("ACME-20261122-00042")
    await expect(page.frame_locator("iframe").get_by_role("heading", name="Thank you")).to_be_visible()
    await page.get_by_text("Headers").click()
    assert await _width_beyond_view(page) == 0
    # What the mail itself tried is refused, and nothing else is reported.
    assert all("pixel.png" in problem or "script" in problem.lower() for problem in problems)


async def test_list_follows_new_mail_and_keeps_focus(mailbox: Mailbox, browser: Browser) -> None:
    await mailbox.send(_message("First"))
    page = await browser.new_page()
    await page.goto(mailbox.url)
    await page.get_by_role("link", name="First").focus()

    await mailbox.send(_message("Second"))

    await expect(page.get_by_role("link", name="Second")).to_be_visible()
    await expect(page.get_by_role("link", name="First")).to_be_focused()


async def test_delete_all_asks_first(mailbox: Mailbox, browser: Browser) -> None:
    await mailbox.send(_message("First"))
    page = await browser.new_page()
    await page.goto(mailbox.url)

    await page.get_by_role("button", name="Delete all").click()
    await page.get_by_role("button", name="Keep").click()
    await expect(page.get_by_role("link", name="First")).to_be_visible()
    assert len(await mailbox.messages()) == 1

    await page.get_by_role("button", name="Delete all").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete all").click()
    await expect(page.get_by_text("No mail yet")).to_be_visible()
    assert await mailbox.messages() == []
