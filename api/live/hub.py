"""The hub: hears each notification of the database once and hands it to the streams that it is for."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from weakref import WeakSet

from db.listening import Listener
from db.queries.live_events import MessageAdded, NoteAdded, OrderChange
from domain.errors import DatabaseUnavailable

CHANNEL = "order_events"
_PATIENCE = 5.0  # seconds that a new stream waits for the listening connection
# Readers that come back all at once, as after a restart, leave most of the pool to ordinary requests.
_READS_AT_ONCE = 4
_WAITING_AT_MOST = 256

News: TypeAlias = OrderChange | MessageAdded | NoteAdded

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """What the database told; `horizon`: all transactions before it have ended and were told before."""

    vendor_id: int
    order_id: int
    horizon: int
    news: News


class Missed:
    """Notices were lost: what happened meanwhile has to be read from the database."""


MISSED = Missed()


class Subscription:
    """The notices for one stream; a reader that lets too many wait is given up."""

    def __init__(self, vendor_id: int, order_id: int | None, limit: int) -> None:
        self.key = (vendor_id, order_id)
        self._limit = limit
        self._waiting: deque[Notice] = deque()
        self._missed = False
        self._ended = False
        self._stirred = asyncio.Event()

    def put(self, notice: Notice) -> bool:
        """Hand a notice over; false when too many wait."""
        if len(self._waiting) >= self._limit:
            return False
        self._waiting.append(notice)
        self._stirred.set()
        return True

    def miss(self) -> None:
        """Tell the reader that notices were lost."""
        self._waiting.clear()
        self._missed = True
        self._stirred.set()

    def end(self) -> None:
        """No more notices, and none of those that wait."""
        self._ended = True
        self._waiting.clear()
        self._stirred.set()

    async def next(self, until: datetime) -> Notice | Missed | None:
        """The next notice, MISSED after an interruption, or None at the end: `until` at the latest."""
        while not self._ended:
            if self._missed:
                self._missed = False
                return MISSED
            if self._waiting:
                return self._waiting.popleft()
            self._stirred.clear()
            try:
                async with asyncio.timeout((until - datetime.now(UTC)).total_seconds()):
                    await self._stirred.wait()
            except TimeoutError:
                return None
        return None


class Hub:
    """Subscriptions by vendor and order, fed by one connection, which the first of them opens."""

    def __init__(self, database_url: str, *, limit: int = _WAITING_AT_MOST) -> None:
        self.reads = asyncio.Semaphore(_READS_AT_ONCE)
        self._limit = limit
        self._listener = Listener(
            database_url, CHANNEL, hear=self._hear, connected=self._on_connected, lost=self._on_lost
        )
        self._listening: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._closed = False
        # Weak, so that a stream that was opened and never read leaves nothing behind.
        self._subscriptions: dict[tuple[int, int | None], WeakSet[Subscription]] = {}

    async def subscribe(self, vendor_id: int, order_id: int | None = None) -> Subscription:
        """Notices of a vendor's orders, or of one, from now on. Raises DatabaseUnavailable."""
        if self._closed:
            raise DatabaseUnavailable("The service is stopping; please connect again.")
        if self._listening is None:
            self._listening = asyncio.create_task(self._listener.run(), name="live listener")
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._ready.wait()
        except TimeoutError:
            raise DatabaseUnavailable("The database does not answer at the moment.") from None
        subscription = Subscription(vendor_id, order_id, self._limit)
        self._subscriptions.setdefault(subscription.key, WeakSet()).add(subscription)
        if self._closed:
            subscription.end()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Hand it no more notices."""
        subscription.end()
        found = self._subscriptions.get(subscription.key)
        if found is not None:
            found.discard(subscription)
            if not found:
                del self._subscriptions[subscription.key]

    def end_streams(self) -> None:
        """End every subscription now, and take no new ones."""
        self._closed = True
        for subscription in self._all():
            subscription.end()

    async def close(self) -> None:
        """End every subscription and the connection."""
        self.end_streams()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    def _all(self) -> list[Subscription]:
        return [subscription for found in self._subscriptions.values() for subscription in found]

    def _on_connected(self) -> None:
        for subscription in self._all():
            subscription.miss()
        self._ready.set()

    def _on_lost(self) -> None:
        self._ready.clear()

    def _hear(self, payload: str) -> None:
        try:
            notice = _read(payload)
        except (KeyError, TypeError, ValueError):
            # Somebody else's, or of a newer release than this process.
            log.warning("a notification on %s was not understood", CHANNEL)
            return
        vendor_id, order_id = notice.vendor_id, notice.order_id
        for key in ((vendor_id, order_id), (vendor_id, None)):
            for subscription in list(self._subscriptions.get(key, ())):
                if not subscription.put(notice):
                    log.info("a stream is read too slowly and ends")
                    self.unsubscribe(subscription)


def _read(payload: str) -> Notice:
    told = json.loads(payload)
    return Notice(
        vendor_id=told["vendor_id"], order_id=told["order_id"], horizon=told["horizon"], news=_news(told)
    )


def _news(told: Mapping[str, Any]) -> News:
    if "message_id" in told:
        return MessageAdded(told["message_id"], told["order_id"])
    if "note_id" in told:
        return NoteAdded(told["note_id"], told["order_id"])
    return _change(told)


def _change(told: Mapping[str, Any]) -> OrderChange:
    return OrderChange(
        id=told["id"],
        order_id=told["order_id"],
        sequence=told["sequence"],
        type=told["type"],
        status=told["status"],
        payment_status=told["payment_status"],
        created_at=datetime.fromisoformat(told["created_at"]).astimezone(UTC),
    )
