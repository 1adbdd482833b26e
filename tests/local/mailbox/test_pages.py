"""The mailbox's pages over HTTP."""

from email.message import EmailMessage

import pytest

from tests.local.mailbox.running import Mailbox


def _html_message(html: str, number: int = 1) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "orders@acme.example"
    message["To"] = "anna@example.org"
    message["Subject"] = f"<b>Order</b> {number}"
    message["Message-ID"] = f"<{number}@acme.example>"
    message.set_content("Plain & simple\n")
    message.add_alternative(html, subtype="html")
    return message


async def _send(mailbox: Mailbox, html: str = "<p>Hello</p>") -> str:
    """Send one message and return the path of its page."""
    await mailbox.send(_html_message(html))
    [message] = await mailbox.messages()
    return f"/messages/{message['id']}"


async def test_empty_list_names_the_smtp_address(mailbox: Mailbox) -> None:
    page = await mailbox.get("/")

    assert page.status_code == 200
    assert f"127.0.0.1:{mailbox.smtp_port}" in page.text


async def test_pages_escape_what_senders_wrote(mailbox: Mailbox) -> None:
    message = await _send(mailbox)

    for path in ("/", message):
        page = (await mailbox.get(path)).text
        assert "&lt;b&gt;Order&lt;/b&gt; 1" in page
        assert "<b>Order" not in page
    assert "Plain &amp; simple" in (await mailbox.get(message)).text


async def test_html_part_can_run_and_fetch_nothing(mailbox: Mailbox) -> None:
    message = await _send(mailbox, "<html><head></head><body><script>alert(1)</script></body></html>")

    part = await mailbox.get(f"{message}/html")

    policy = {rule.strip() for rule in part.headers["Content-Security-Policy"].split(";")}
    assert {"default-src 'none'", "form-action 'none'", "frame-ancestors 'self'"} <= policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert not any(rule.startswith("script-src") for rule in policy)
    assert part.headers["X-Content-Type-Options"] == "nosniff"
    assert '<head><base target="_blank">' in part.text


async def test_list_is_not_sent_again_while_unchanged(mailbox: Mailbox) -> None:
    first = await mailbox.get("/")
    tag = first.headers["ETag"]

    assert (await mailbox.get("/", tag=tag)).status_code == 304
    await mailbox.send(_html_message("<p>Hello</p>"))
    assert (await mailbox.get("/", tag=tag)).status_code == 200


async def test_list_is_paged_from_the_newest(mailbox: Mailbox) -> None:
    async with mailbox.smtp() as client:
        for number in range(1, 103):
            await client.send_message(_html_message("<p>Hello</p>", number))

    first, second, third, *_ = [message["id"] for message in await mailbox.messages()]
    newest = (await mailbox.get("/")).text
    older = (await mailbox.get("/", before=str(third))).text

    assert newest.count("<li>") == 100
    assert f'<a href="/?before={third}">Older</a>' in newest
    shown = [f'href="/messages/{number}"' in older for number in (first, second, third)]
    assert shown == [True, True, False]


async def test_search_finds_address_or_subject(mailbox: Mailbox) -> None:
    message = await _send(mailbox)

    assert f'href="{message}"' in (await mailbox.get("/", q="ANNA@")).text
    assert f'href="{message}"' in (await mailbox.get("/", q="order</b> 1")).text
    assert "No message matches “nobody”" in (await mailbox.get("/", q="nobody")).text


async def test_source_is_what_was_sent(mailbox: Mailbox) -> None:
    message = await _send(mailbox)

    source = await mailbox.get(f"{message}/source")

    assert source.headers["Content-Type"] == "message/rfc822"
    assert b"Message-ID: <1@acme.example>" in source.content


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/messages/9999999", 404),
        ("/messages/9999999/html", 404),
        ("/messages/9999999/source", 404),
        ("/messages/0", 422),
        ("/messages/x", 422),
        ("/messages/99999999999999999999", 422),
        ("/?before=-1", 422),
    ],
)
async def test_unknown_message_is_refused(mailbox: Mailbox, path: str, status: int) -> None:
    assert (await mailbox.get(path)).status_code == status
