"""The connection to Temporal: made when it is first needed, with bounded waits and few kinds of failure."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

import structlog
from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RetryConfig

from api.engine_failures import FAILURES, EngineSlow, gave_up, meaning
from domain.errors import EngineUnavailable
from settings import Settings
from workflows.connecting import connection

Answer = TypeVar("Answer")

_RETRIES = RetryConfig(max_elapsed_time_millis=3_000, max_retries=8)
_CONNECTING = timedelta(seconds=2)
# Before a request that the server gave up is made again; the last one stays.
_PAUSES = (0.1, 0.2, 0.4, 0.8)

log = structlog.get_logger("api.engine")


class Connection:
    """Connects on the first call and again after an outage; every call waits at most `timeout`."""

    def __init__(self, settings: Settings, client: Client | None) -> None:
        self._settings = settings
        self._client = client
        self.timeout = timedelta(seconds=settings.place_timeout)

    async def client(self) -> Client:
        """The client, which may have no connection yet."""
        if self._client is None:
            given = connection(self._settings)
            given |= {"retry_config": _RETRIES, "connect_timeout": _CONNECTING, "lazy": True}
            self._client = await Client.connect(**given)
        return self._client

    @asynccontextmanager
    async def calling(self, within: timedelta | None = None) -> AsyncIterator[Client]:
        """The client; its many kinds of failure become the few that the API knows."""
        try:
            # A second more than the call's own limit, which says better what was waited for.
            async with asyncio.timeout((within or self.timeout).total_seconds() + 1):
                yield await self.client()
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError) as error:
            raise EngineSlow from error
        except FAILURES as error:
            meant = meaning(error)
            if isinstance(meant, EngineUnavailable):
                log.warning("Temporal does not answer", why=str(error) or type(error).__name__)
            raise meant from error

    async def insisting(self, ask: Callable[[Client, timedelta], Awaitable[Answer]]) -> Answer:
        """What is asked for; asked anew, while there is time, where a busy server gave it up.

        Only for what happens once however often it is asked for, as an update does under its id.
        """
        ends = time.monotonic() + self.timeout.total_seconds()
        attempt = 0
        while True:
            within = timedelta(seconds=max(0.0, ends - time.monotonic()))
            try:
                async with self.calling(within) as client:
                    return await ask(client, within)
            except (EngineSlow, EngineUnavailable) as failure:
                pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
                if not gave_up(failure.__cause__) or time.monotonic() + pause >= ends:
                    raise
                log.info("Temporal is asked again", attempt=attempt + 1)
            attempt += 1
            await asyncio.sleep(pause)
