"""What became of placements, as the database tells it the moment it is committed."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from db.listening import Listener

CHANNEL = "placements"

log = logging.getLogger(__name__)


class PlacementOutcomes:
    """Hears on one connection how placements end: `placed` or `refused`."""

    def __init__(self, database_url: str) -> None:
        self._listener = Listener(
            database_url,
            CHANNEL,
            hear=self._hear,
            connected=self._on_connected,
            lost=self._on_lost,
            name="orion-placements",
        )
        self._listening: asyncio.Task[None] | None = None
        self._connected = False
        self._expected: dict[int, asyncio.Future[str | None]] = {}

    @property
    def listening(self) -> bool:
        """Whether whatever ends now is heard of."""
        return self._connected

    def open(self) -> None:
        """Begin to listen, and go on through outages. The first placement does so as well."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listener.run(), name="placement listener")

    @contextmanager
    def expect(self, placement_id: int) -> Iterator["asyncio.Future[str | None] | None"]:
        """The state that a placement ends in; None there once the connection is lost, as it may be missed.

        None instead of a future while nothing can be heard. To be called before the placement can end.
        """
        self.open()
        if not self._connected:
            yield None
            return
        outcome = self._expected[placement_id] = asyncio.get_running_loop().create_future()
        try:
            yield outcome
        finally:
            del self._expected[placement_id]

    async def close(self) -> None:
        """End the connection."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    def _on_connected(self) -> None:
        self._connected = True

    def _on_lost(self) -> None:
        self._connected = False
        for outcome in self._expected.values():
            if not outcome.done():
                outcome.set_result(None)

    def _hear(self, payload: str) -> None:
        placement_id, _, state = payload.partition(" ")
        try:
            outcome = self._expected.get(int(placement_id))
        except ValueError:
            log.warning("a notification on %s was not understood", CHANNEL)
            return
        if outcome is not None and not outcome.done():
            outcome.set_result(state)
