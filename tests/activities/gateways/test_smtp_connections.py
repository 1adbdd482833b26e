"""One connection for many e-mails, and no e-mail twice because of it."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from activities.gateways.mail import MailRejected, MailUnavailable, OutgoingEmail
from tests.activities.gateways.mail_contract import EMAIL
from tests.activities.gateways.mail_servers import MoodyServer, moody_server, smtp_mail
from tests.waiting import eventually


def _email(number: int) -> OutgoingEmail:
    return replace(EMAIL, message_id=f"<{number}@orion.example>")


def _numbers(server: MoodyServer) -> list[int]:
    """Which of the numbered e-mails the server took, in order."""
    identities = [message_from_bytes(raw, policy=default)["Message-ID"] for raw in server.taken]
    return [int(identity.strip("<>").partition("@")[0]) for identity in identities]


async def _open(server: MoodyServer) -> int:
    return server.open


async def test_emails_after_another_go_over_one_connection() -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        for number in range(5):
            await mail.send(_email(number))
        assert len(server.connections) == 1
    assert _numbers(server) == [0, 1, 2, 3, 4]


async def test_emails_at_once_share_a_few_connections() -> None:
    async with moody_server() as server, smtp_mail(server.port, connections=3) as mail:
        await asyncio.gather(*(mail.send(_email(number)) for number in range(20)))
        assert len(server.connections) == 3
    assert sorted(_numbers(server)) == list(range(20))


async def test_we_go_by_the_same_name_on_each_connection() -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        for number in range(2):
            await mail.send(_email(number))
            server.hang_up()
        names = [connection.session.host_name for connection in server.connections if connection.session]
    assert names == [socket.getfqdn()] * 2


async def test_connection_that_the_server_closed_is_replaced() -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        await mail.send(_email(1))
        server.hang_up()
        await mail.send(_email(2))
        assert len(server.connections) == 2
    assert _numbers(server) == [1, 2]


async def test_connection_found_broken_when_used_is_replaced() -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        await mail.send(_email(1))
        server.hangs_up_at = "MAIL"
        await mail.send(_email(2))
        assert len(server.connections) == 2
    assert _numbers(server) == [1, 2]


@pytest.mark.parametrize("reply", ["421 4.7.0 too many messages", "452 4.5.3 too many messages"])
async def test_server_that_wants_no_more_on_a_connection_is_asked_on_a_new_one_only_once(reply: str) -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        await mail.send(_email(1))
        server.mail = reply
        with pytest.raises(MailUnavailable) as failure:
            await mail.send(_email(2))
        assert len(server.connections) == 2
        server.mail = "250 OK"
        await mail.send(_email(3))
    assert failure.value.reply_code == int(reply[:3])
    assert _numbers(server) == [1, 3]


@pytest.mark.parametrize("step", ["RCPT", "DATA", "TAKEN"])
async def test_connection_that_breaks_later_is_not_replaced_for_the_same_email(step: str) -> None:
    """The server may have taken it; only the caller may risk a repeat, and says so with the Message-ID."""
    async with moody_server() as server, smtp_mail(server.port) as mail:
        await mail.send(_email(1))
        server.hangs_up_at = step
        with pytest.raises(MailUnavailable):
            await mail.send(_email(2))
        assert len(server.connections) == 1
        await mail.send(_email(3))
        assert len(server.connections) == 2
    assert _numbers(server) == ([1, 2, 3] if step == "TAKEN" else [1, 3])


async def test_refused_email_does_no_harm_to_the_next() -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        server.rcpt = "550 5.1.1 no such user"
        with pytest.raises(MailRejected):
            await mail.send(_email(1))
        server.rcpt = "250 OK"
        await mail.send(_email(2))
    assert _numbers(server) == [2]


async def test_connection_of_a_cancelled_email_is_not_used_again() -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        server.holding = asyncio.Event()
        sending = asyncio.create_task(mail.send(_email(1)))
        await eventually(lambda: _open(server), lambda count: count == 1)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        server.holding.set()
        await mail.send(_email(2))
        assert len(server.connections) == 2
    assert _numbers(server) == [2]


async def test_waiting_for_a_connection_ends() -> None:
    async with moody_server() as server, smtp_mail(server.port, connections=1, patience=0.5) as mail:
        server.holding = asyncio.Event()
        ends = await asyncio.gather(*(mail.send(_email(n)) for n in range(2)), return_exceptions=True)
        server.holding.set()
        await mail.send(_email(3))
    assert [type(end) for end in ends] == [MailUnavailable, MailUnavailable]
    assert _numbers(server) == [3]


async def test_unused_connection_is_closed_with_a_goodbye() -> None:
    async with moody_server() as server, smtp_mail(server.port, idle=0.05) as mail:
        await mail.send(_email(1))
        await eventually(lambda: _open(server), lambda count: count == 0)
        assert [connection.took_leave for connection in server.connections] == [True]
        await mail.send(_email(2))
        assert len(server.connections) == 2


async def test_closing_says_goodbye_on_every_connection() -> None:
    async with moody_server() as server:
        async with smtp_mail(server.port, connections=3) as mail:
            await asyncio.gather(*(mail.send(_email(number)) for number in range(3)))
            assert server.open == 3
        await eventually(lambda: _open(server), lambda count: count == 0)
        assert [connection.took_leave for connection in server.connections] == [True] * 3


async def test_email_under_way_while_closing_is_sent_and_leaves_nothing_open() -> None:
    async with moody_server() as server, smtp_mail(server.port) as mail:
        server.holding = asyncio.Event()
        sending = asyncio.create_task(mail.send(_email(1)))
        await eventually(lambda: _open(server), lambda count: count == 1)
        await mail.close()
        server.holding.set()
        await sending
        await eventually(lambda: _open(server), lambda count: count == 0)
    assert _numbers(server) == [1]


async def test_closing_does_not_wait_for_a_server_that_left() -> None:
    async with moody_server() as server:
        async with smtp_mail(server.port) as mail:
            await mail.send(_email(1))
            server.hang_up()
        assert server.open == 0
