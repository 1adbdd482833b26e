"""The mailbox as a process: SMTP in, JSON out."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid

import aiosmtplib
import pytest

from tests.local.mailbox.running import Mailbox


def _message(
    to: str = "anna@example.org", subject: str = "Order confirmed", message_id: str | None = None
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "ACME Outdoor <orders@acme.example>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = message_id or make_msgid(domain="acme.example")
    message.set_content("Thank you for your order.\n")
    message.add_alternative("<p>Thank <b>you</b> for your order.</p>", subtype="html")
    return message


async def test_sent_message_is_listed_with_all_fields(mailbox: Mailbox) -> None:
    before = datetime.now(UTC)
    await mailbox.send(_message(subject="Bestätigt: Größe 42 ✓", message_id="<one@acme.example>"))

    [listed] = await mailbox.messages()

    received_at = datetime.fromisoformat(listed.pop("received_at"))
    assert before - timedelta(seconds=1) <= received_at <= datetime.now(UTC)
    assert listed.pop("id") > 0
    assert listed == {
        "to": "anna@example.org",
        "from": "ACME Outdoor <orders@acme.example>",
        "subject": "Bestätigt: Größe 42 ✓",
        "text": "Thank you for your order.\n",
        "html": "<p>Thank <b>you</b> for your order.</p>\n",
        "message_id": "<one@acme.example>",
        "deliveries": 1,
    }


async def test_messages_are_listed_newest_last(mailbox: Mailbox) -> None:
    for subject in ("first", "second", "third"):
        await mailbox.send(_message(subject=subject))

    assert [message["subject"] for message in await mailbox.messages()] == ["first", "second", "third"]


async def test_filters_take_exact_address_and_part_of_subject(mailbox: Mailbox) -> None:
    await mailbox.send(_message(to="anna@example.org", subject="Order ACME-1 SHIPPED"))
    await mailbox.send(_message(to="ann@example.org", subject="Order ACME-1 confirmed"))
    await mailbox.send(_message(to="ann@example.org", subject="100% Überraschung"))

    assert [m["subject"] for m in await mailbox.messages(to="ANNA@example.org")] == ["Order ACME-1 SHIPPED"]
    assert [m["to"] for m in await mailbox.messages(subject="shipped")] == ["anna@example.org"]
    assert [m["subject"] for m in await mailbox.messages(subject="% ÜBER")] == ["100% Überraschung"]
    assert await mailbox.messages(to="anna@example.org", subject="confirmed") == []


async def test_each_recipient_has_a_copy(mailbox: Mailbox) -> None:
    await mailbox.send(_message(to="anna@example.org, ben@example.org"))

    assert [message["to"] for message in await mailbox.messages()] == ["anna@example.org", "ben@example.org"]


async def test_second_delivery_of_a_message_id_is_kept_once_and_counted(mailbox: Mailbox) -> None:
    await mailbox.send(_message(subject="sent first", message_id="<same@acme.example>"))
    await mailbox.send(_message(subject="sent again", message_id="<same@acme.example>"))
    await mailbox.send(_message(to="ben@example.org", message_id="<same@acme.example>"))

    listed = [(m["to"], m["subject"], m["deliveries"]) for m in await mailbox.messages()]

    assert listed == [("anna@example.org", "sent first", 2), ("ben@example.org", "Order confirmed", 1)]


async def test_accepted_message_survives_sigkill(own_mailbox: Mailbox) -> None:
    await own_mailbox.send(_message(message_id="<kept@acme.example>"))
    assert own_mailbox.end(signal.SIGKILL) == -signal.SIGKILL

    own_mailbox.start()
    await own_mailbox.send(_message(message_id="<kept@acme.example>"))

    [listed] = await own_mailbox.messages()
    assert (listed["message_id"], listed["deliveries"]) == ("<kept@acme.example>", 2)


async def test_every_accepted_message_survives_sigkill_under_load(own_mailbox: Mailbox) -> None:
    accepted: list[str] = []
    fifty_accepted = asyncio.Event()

    async def send_until_killed(sender: int) -> None:
        async with own_mailbox.smtp() as client:
            for number in range(1000):
                message_id = f"<{sender}.{number}@acme.example>"
                await client.send_message(_message(message_id=message_id))
                accepted.append(message_id)
                if len(accepted) >= 50:
                    fifty_accepted.set()

    senders = [asyncio.create_task(send_until_killed(sender)) for sender in range(4)]
    await asyncio.wait_for(fifty_accepted.wait(), timeout=30)
    own_mailbox.end(signal.SIGKILL)
    ends = await asyncio.gather(*senders, return_exceptions=True)
    own_mailbox.start()

    assert all(isinstance(end, aiosmtplib.SMTPException | OSError) for end in ends)
    assert set(accepted) <= {message["message_id"] for message in await own_mailbox.messages()}


async def test_sigterm_ends_cleanly_with_a_client_connected(own_mailbox: Mailbox) -> None:
    client = own_mailbox.smtp()
    await client.connect()

    code = await asyncio.to_thread(own_mailbox.end, signal.SIGTERM)
    client.close()

    assert code in {0, -signal.SIGTERM}


async def test_malformed_mail_is_kept_and_the_mailbox_goes_on(mailbox: Mailbox) -> None:
    malformed = [
        b"",
        b"no header at all",
        b"Subject: =?no-such-charset?Q?=C3=A4?=\r\n\r\nx",
        b"Subject: =?utf-8?B?broken\r\nContent-Type: text/plain; charset=base64\r\n\r\n\xff\xfe\x00",
        b"Content-Type: multipart/mixed\r\n\r\n--missing boundary",
        b"Message-ID: <[unclosed\r\nFrom: @@@\r\n\r\nbody",
    ]
    async with mailbox.smtp() as client:
        for raw in malformed:
            await client.sendmail("sender@example.org", ["anna@example.org"], raw)
    await mailbox.send(_message(subject="still here"))

    listed = await mailbox.messages()

    assert len(listed) == len(malformed) + 1
    assert listed[-1]["subject"] == "still here"
    for message in listed:
        assert (await mailbox.get(f"/messages/{message['id']}")).status_code == 200


async def test_message_above_ten_megabytes_is_refused(mailbox: Mailbox) -> None:
    line = b"x" * 76 + b"\r\n"
    just_below = b"Subject: large\r\n\r\n" + line * (10 * 1024 * 1024 // len(line) - 2)
    too_large = just_below + line * 4
    async with mailbox.smtp() as client:
        await client.sendmail("sender@example.org", ["anna@example.org"], just_below)
        with pytest.raises(aiosmtplib.SMTPException, match=r"(?i)size|too much"):
            await client.sendmail("sender@example.org", ["anna@example.org"], too_large)

    assert [message["subject"] for message in await mailbox.messages()] == ["large"]


async def test_delete_empties_the_mailbox(mailbox: Mailbox) -> None:
    await mailbox.send(_message(message_id="<one@acme.example>"))

    assert (await mailbox.delete_messages()).status_code == 204

    assert await mailbox.messages() == []
    await mailbox.send(_message(message_id="<one@acme.example>"))
    assert [message["deliveries"] for message in await mailbox.messages()] == [1]
