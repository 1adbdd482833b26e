"""SmtpMail against the mailbox, and against a server that refuses."""

import asyncio
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from activities.gateways.mail import MailRejected, MailUnavailable, OutgoingEmail
from tests.activities.gateways.mail_contract import EMAIL, check_mail_gateway
from tests.activities.gateways.mail_servers import MoodyServer, moody_server, smtp_mail
from tests.fixtures.ports import free_port
from tests.fixtures.sandboxes import MailboxProcess


async def _send(port: int, email: OutgoingEmail, *, starttls: bool = False) -> None:
    async with smtp_mail(port, starttls=starttls) as mail:
        await mail.send(email)


async def test_mail_keeps_to_the_contract(mailbox: MailboxProcess) -> None:
    async with smtp_mail(mailbox.smtp_port) as mail:
        await check_mail_gateway(mail, mailbox.messages)


async def test_message_has_the_headers_of_an_automatic_mail() -> None:
    async with moody_server() as server:
        await _send(server.port, EMAIL)
    message = message_from_bytes(server.taken[0], policy=default)
    assert message["From"] == "Acme <orders@orion.example>"
    assert message["To"] == "jane@example.com"
    assert message["Reply-To"] == "shop@acme.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == EMAIL.message_id
    assert parsedate_to_datetime(message["Date"]).tzinfo is not None
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


async def test_names_subject_and_text_outside_ascii_arrive_as_they_are() -> None:
    text = "Schöne Grüße, 東京 ✓\n"
    async with moody_server() as server:
        await _send(
            server.port,
            replace(EMAIL, sender_name='Söhne, "Acme" & Cie', subject="Größe 42 — 東京 ✓", text=text),
        )
    raw = server.taken[0]
    message = message_from_bytes(raw, policy=default)
    assert raw.isascii()
    assert message["From"].addresses[0].display_name == 'Söhne, "Acme" & Cie'
    assert message["Subject"] == "Größe 42 — 東京 ✓"
    assert _text(message) == text


async def test_lines_stay_within_what_smtp_allows() -> None:
    async with moody_server() as server:
        await _send(server.port, replace(EMAIL, text="long " * 1000, subject="long " * 200))
    assert max(map(len, server.taken[0].split(b"\r\n"))) <= 998


async def test_lone_dots_and_from_lines_survive() -> None:
    text = "one\n.\n..two\nFrom me\n"
    async with moody_server() as server:
        await _send(server.port, replace(EMAIL, text=text))
    assert _text(message_from_bytes(server.taken[0], policy=default)) == text


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\x0b", "\x00\n", "\u2028"])
async def test_no_header_can_be_smuggled_in(break_: str) -> None:
    smuggled = f"Hi{break_}Bcc: thief@example.com"
    async with moody_server() as server:
        await _send(server.port, replace(EMAIL, subject=smuggled, sender_name=smuggled))
    message = message_from_bytes(server.taken[0], policy=default)
    assert message["Bcc"] is None
    assert message["Subject"] == "Hi Bcc: thief@example.com"
    assert message["From"].addresses[0].display_name == "Hi Bcc: thief@example.com"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jane",
        "@example.com",
        "jane@",
        "jane@example.com\r\nRCPT TO:<thief@example.com>",
        "jane@example.com\n",
        "jane@example.com, thief@example.com",
        "Jane <jane@example.com>",
        "jane@example.com>",
        " jane@example.com",
        "jane@exa mple.com",
        "jane@example..com\u2028",
        '"jane"@[',
        "jane@" + "ä" * 70 + ".example",
    ],
)
async def test_malformed_address_is_rejected_before_anything_is_sent(address: str) -> None:
    async with moody_server() as server:
        with pytest.raises(MailRejected) as rejection:
            await _send(server.port, replace(EMAIL, to=address))
        with pytest.raises(MailRejected):
            await _send(server.port, replace(EMAIL, reply_to=address))
    assert server.taken == []
    assert str(rejection.value) == "An address is malformed."


async def test_malformed_message_id_is_refused() -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        await _send(free_port(), replace(EMAIL, message_id="<a@b>\r\nBcc: thief@example.com"))


async def test_domain_outside_ascii_is_written_in_its_ascii_form() -> None:
    async with moody_server() as server:
        await _send(server.port, replace(EMAIL, to="jane@bücher.example"))
    assert message_from_bytes(server.taken[0], policy=default)["To"] == "jane@xn--bcher-kva.example"


async def test_name_outside_ascii_is_rejected_by_a_server_that_cannot_write_it() -> None:
    async with moody_server() as server:
        with pytest.raises(MailRejected):
            await _send(server.port, replace(EMAIL, to="jané@example.com"))


async def test_name_outside_ascii_is_taken_by_a_server_that_can() -> None:
    async with moody_server(smtputf8=True) as server:
        await _send(server.port, replace(EMAIL, to="jané@example.com"))
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("rcpt", "550 5.1.1 <jane@example.com> does not exist"),
        ("rcpt", "552 5.2.2 jane@example.com is full"),
        ("rcpt", "550 no such user jane@example.com"),
        ("data", "554 5.6.0 jane@example.com does not want this"),
    ],
)
async def test_refusal_for_good_is_a_rejection_without_the_address(command: str, reply: str) -> None:
    error = await _refused(command, reply)
    assert isinstance(error, MailRejected)
    assert error.reply_code == int(reply[:3])
    assert "jane" not in f"{error!r}{error.__cause__!r}"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("rcpt", "451 4.7.1 greylisted, jane@example.com comes later"),
        ("rcpt", "550 5.7.1 relaying to jane@example.com denied"),
        ("rcpt", "530 5.7.0 authentication required"),
        ("mail", "553 5.1.8 orders@orion.example may not send"),
        ("mail", "452 4.3.1 out of space"),
        ("data", "451 4.3.0 try again"),
    ],
)
async def test_refusal_of_us_or_for_now_may_be_tried_again(command: str, reply: str) -> None:
    error = await _refused(command, reply)
    assert isinstance(error, MailUnavailable)
    assert error.reply_code == int(reply[:3])
    assert "@" not in f"{error!r}{error.__cause__!r}"


async def test_nobody_listening_may_be_tried_again() -> None:
    with pytest.raises(MailUnavailable):
        await _send(free_port(), EMAIL)


async def test_required_encryption_is_never_given_up() -> None:
    async with moody_server() as server:
        with pytest.raises(MailUnavailable):
            await _send(server.port, EMAIL, starttls=True)
    assert server.taken == []


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text.replace("\r\n", "\n")


async def _refused(command: str, reply: str) -> Exception:
    async with moody_server() as server:
        _set_mood(server, command, reply)
        with pytest.raises((MailRejected, MailUnavailable)) as refusal:
            await _send(server.port, EMAIL)
    assert server.taken == []
    return refusal.value


def _set_mood(server: MoodyServer, command: str, reply: str) -> None:
    if command == "mail":
        server.mail = reply
    elif command == "rcpt":
        server.rcpt = reply
    else:
        server.data = reply


async def test_message_that_is_not_on_its_way_in_time_never_goes_out() -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        server.holding = asyncio.Event()
        with pytest.raises(MailUnavailable):
            await mail.send(EMAIL, begin_within=0.2)
        server.holding.set()
        await mail.send(EMAIL, begin_within=5)
        assert len(server.taken) == 1


async def test_message_that_is_on_its_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        taken = server.handle_DATA

        async def slowly(*given: Any) -> str:  # noqa: ANN401 -- handed on
            await asyncio.sleep(1.2)
            return await taken(*given)

        monkeypatch.setattr(server, "handle_DATA", slowly)
        await mail.send(EMAIL, begin_within=1)
        assert len(server.taken) == 1


async def test_server_that_does_not_greet_is_given_up_in_time() -> None:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client leaves
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as silent:
        port: int = silent.sockets[0].getsockname()[1]
        async with smtp_mail(port) as mail, asyncio.timeout(10):
            with pytest.raises(MailUnavailable):
                await mail.send(EMAIL, begin_within=0.2)
