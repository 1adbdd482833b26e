"""The stream of all orders of a vendor, from where its reader left off."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from sse_starlette import ServerSentEvent

from api.live.events import message_event, opening, order_event, reset_event
from api.live.hub import Hub, Missed, Notice, Subscription
from db.queries import live_events
from db.queries.live_events import Horizon, MessageAdded, NoteAdded, OrderChange
from db.session import Database

MOST_REPLAYED = 1000
_CURSOR = re.compile(r"[0-9]{1,18}")
_Told: TypeAlias = OrderChange | MessageAdded


def read_cursor(last_event_id: str | None) -> int | None:
    """The cursor of a `Last-Event-ID`; rubbish is none."""
    return int(last_event_id) if last_event_id and _CURSOR.fullmatch(last_event_id) else None


async def vendor_stream(
    hub: Hub, database: Database, vendor_id: int, last_event_id: str | None, *, until: datetime
) -> AsyncIterator[ServerSentEvent]:
    """Events of all the vendor's orders after `last_event_id`, or from now on, until `until`.

    The cursor is a transaction's number: all that transactions before it wrote has been told. Ids would not
    do, as a row with a smaller one may become visible later. After an interruption some events come again;
    none is left out. Raises DatabaseUnavailable before anything is streamed.
    """
    subscription = await hub.subscribe(vendor_id)
    reading = _Reading(hub, database, vendor_id)
    try:
        found = await reading.since(read_cursor(last_event_id))
    except BaseException:
        hub.unsubscribe(subscription)
        raise
    return _tell(hub, subscription, reading, found, until)


@dataclass(frozen=True)
class _Found:
    """What the database had beyond a cursor; `too_many` to tell it all."""

    horizon: Horizon
    news: list[_Told] = field(default_factory=list)
    too_many: bool = False


class _Reading:
    """What has been told of a vendor's orders, and what the database knows beyond it."""

    def __init__(self, hub: Hub, database: Database, vendor_id: int) -> None:
        self._hub = hub
        self._database = database
        self._vendor_id = vendor_id
        self._cursor = 0
        # What was read may also be heard, from transactions that ended between the two.
        self._read: set[tuple[type[_Told], int]] = set()
        self._read_until = 0

    @property
    def cursor(self) -> str:
        """From where to go on after an interruption."""
        return str(self._cursor)

    async def since(self, cursor: int | None) -> _Found:
        """All that was written since `cursor`; nothing without one. One from the future asks for too much."""
        async with self._hub.reads, self._database.reading(self._vendor_id) as session:
            now = await live_events.horizon(session)
            if cursor is None:
                return self._begin(_Found(now))
            if cursor > now.ends:
                return self._begin(_Found(now, too_many=True))
            self._advance(cursor)
            since = Horizon(cursor, now.ends)
            vendor_id, most = self._vendor_id, MOST_REPLAYED + 1
            news: list[_Told] = [
                *await live_events.changes_from_transaction(
                    session, vendor_id=vendor_id, within=since, how_many=most
                ),
                *await live_events.messages_from_transaction(
                    session, vendor_id=vendor_id, within=since, how_many=most
                ),
            ]
        if len(news) > MOST_REPLAYED:
            return self._begin(_Found(now, too_many=True))
        return _Found(now, sorted(news, key=lambda each: each.transaction_id or 0))

    async def missed(self) -> _Found:
        """All that was written since the last that was told."""
        return await self.since(self._cursor)

    def replay(self, news: _Told, horizon: Horizon) -> ServerSentEvent:
        """The event of what was read; it comes in the order of its transactions."""
        self._read.add((type(news), news.id))
        self._read_until = horizon.ends
        self._advance(min(news.transaction_id or 0, horizon.begins))
        return self._event(news)

    def tell(self, notice: Notice) -> ServerSentEvent | None:
        """The event of what was heard; None for one that was read before.

        Notifications arrive in the order of commits, so all transactions before its horizon were told.
        """
        self._advance(notice.horizon)
        if notice.horizon >= self._read_until:
            self._read.clear()
        # Lists of orders show nothing of notes.
        if isinstance(notice.news, NoteAdded) or (type(notice.news), notice.news.id) in self._read:
            return None
        return self._event(notice.news)

    def _event(self, news: _Told) -> ServerSentEvent:
        if isinstance(news, MessageAdded):
            return message_event(news, self.cursor)
        return order_event(news, self.cursor)

    def _begin(self, found: _Found) -> _Found:
        self._advance(found.horizon.begins)
        return found

    def _advance(self, cursor: int) -> None:
        self._cursor = max(self._cursor, cursor)


def _replayed(reading: _Reading, found: _Found) -> Iterator[ServerSentEvent]:
    if found.too_many:
        yield reset_event(reading.cursor)
    for news in found.news:
        yield reading.replay(news, found.horizon)


async def _tell(
    hub: Hub, subscription: Subscription, reading: _Reading, first: _Found, until: datetime
) -> AsyncGenerator[ServerSentEvent, None]:
    try:
        yield opening(reading.cursor)
        for event in _replayed(reading, first):
            yield event
        while (told := await subscription.next(until)) is not None:
            if isinstance(told, Missed):
                for event in _replayed(reading, await reading.missed()):
                    yield event
            elif heard := reading.tell(told):
                yield heard
    finally:
        hub.unsubscribe(subscription)
