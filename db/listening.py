"""One connection that listens to a channel of PostgreSQL, and is made again when it is lost."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped] # asyncpg ships no types
from sqlalchemy import make_url

from db.outages import DATABASE_ERRORS

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_TIMEOUT = 5.0
# A connection whose other end vanished without a word is noticed after this and a timeout.
_LOOK_EVERY = 10.0

log = logging.getLogger(__name__)


class Listener:
    """Hears a channel on a connection of its own, which belongs to no pool.

    `connected` is called each time that it listens anew: what was told before is lost. `lost` is called
    when the connection ends. PostgreSQL shows the connection under its `name`. All times are seconds.
    """

    def __init__(
        self,
        url: str,
        channel: str,
        *,
        hear: Callable[[str], None],
        connected: Callable[[], None],
        lost: Callable[[], None],
        name: str = "orion-live",
    ) -> None:
        self._url = make_url(url)
        self._channel = channel
        self._hear = hear
        self._connected = connected
        self._lost = lost
        self._name = name

    async def run(self) -> None:
        """Listen until cancelled, through outages of any length."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._connection() as connection:
                    ended = asyncio.Event()
                    connection.add_termination_listener(lambda _, ended=ended: ended.set())
                    await connection.add_listener(self._channel, self._on_notification)
                    pause = _FIRST_PAUSE
                    self._connected()
                    await self._watch(connection, ended)
                log.warning("the connection that listens to %s has ended", self._channel)
            except DATABASE_ERRORS as error:
                log.warning("cannot listen to %s: %s", self._channel, type(error).__name__)
            finally:
                self._lost()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 -- so that not all come at once
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _watch(self, connection: asyncpg.Connection, ended: asyncio.Event) -> None:
        while not ended.is_set():
            try:
                async with asyncio.timeout(_LOOK_EVERY):
                    await ended.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=_TIMEOUT)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        _, options = self._url.get_dialect()().create_connect_args(self._url)
        connection = await asyncpg.connect(
            **options, timeout=_TIMEOUT, server_settings={"application_name": self._name}
        )
        try:
            yield connection
        finally:
            connection.terminate()

    def _on_notification(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        self._hear(payload)
