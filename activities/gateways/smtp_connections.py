"""Connections to one mail server that stay open from one message to the next."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from aiosmtplib import SMTP, SMTPException, SMTPHeloError

from activities.gateways.mail import MailUnavailable

_GOODBYE = 2.0  # seconds for the answer to QUIT, which changes nothing any more


class SmtpConnections:
    """At most `limit` connections, each made by `make`; one that nobody used for `idle` seconds is closed.

    Whoever wants one waits `patience` seconds at most.
    """

    def __init__(self, make: Callable[[], SMTP], *, limit: int, idle: float, patience: float) -> None:
        self._make = make
        self._idle = idle
        self._patience = patience
        self._slots = asyncio.Semaphore(limit)
        self._resting: dict[SMTP, asyncio.TimerHandle] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """The right to use one connection. Raises MailUnavailable when all stay in use."""
        try:
            async with asyncio.timeout(self._patience):
                await self._slots.acquire()
        except TimeoutError:
            raise MailUnavailable("All connections to the mail server are in use.") from None
        try:
            yield
        finally:
            self._slots.release()

    def resting(self) -> SMTP | None:
        """The connection that was used last, if one is open; the server may have left it meanwhile."""
        while self._resting:
            client, timer = self._resting.popitem()
            timer.cancel()
            if client.is_connected:
                return client
        return None

    async def open(self) -> SMTP:
        """A new connection, encrypted and signed in as configured."""
        client = self._make()
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        async with ended_on_failure(client):
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
        return client

    async def keep(self, client: SMTP) -> None:
        """Let a connection rest, between two messages, until somebody wants it again."""
        if self._closed:
            await _hang_up(client)
            return
        loop = asyncio.get_running_loop()
        self._resting[client] = loop.call_later(self._idle, self._expire, client)

    async def close(self) -> None:
        """Take leave of the server on every resting connection; on the others once their message is done."""
        self._closed = True
        resting = list(iter(self.resting, None))
        await asyncio.gather(*self._leaving, *(_hang_up(client) for client in resting))

    def _expire(self, client: SMTP) -> None:
        del self._resting[client]
        task = asyncio.get_running_loop().create_task(_hang_up(client))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


@asynccontextmanager
async def ended_on_failure(client: SMTP) -> AsyncIterator[None]:
    """Whatever goes wrong inside, the connection is not used again."""
    try:
        yield
    except (SMTPException, OSError):
        await _hang_up(client)
        raise
    except BaseException:  # cancelled: the answer still to come would be taken for the next command's
        client.close()
        raise


async def _greet(client: SMTP) -> None:
    """EHLO, or HELO for a server that knows no extensions (RFC 5321, section 4.1.1.1)."""
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


async def _hang_up(client: SMTP) -> None:
    """End a connection, with a QUIT if the server still listens."""
    try:
        with suppress(SMTPException, OSError):
            await client.quit(timeout=_GOODBYE)
    finally:
        client.close()
