"""The stream of one order, from where its reader left off."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import ServerSentEvent

from api.live.events import message_event, note_event, opening, order_event
from api.live.hub import Hub, Missed, News, Notice, Subscription
from db.queries import live_events
from db.queries.live_events import MessageAdded, NoteAdded
from db.session import Database

_CURSOR = re.compile(r"([0-9]{1,9})\.([0-9]{1,18})(?:\.([0-9]{1,18}))?")


@dataclass(frozen=True)
class OrderCursor:
    """What a reader has seen: the number of the last event, the id of the last message, and that of the last
    note, where notes are for them."""

    sequence: int
    message_id: int
    note_id: int | None = None

    def __str__(self) -> str:
        seen = f"{self.sequence}.{self.message_id}"
        return seen if self.note_id is None else f"{seen}.{self.note_id}"

    def is_beyond(self, now: "OrderCursor") -> bool:
        """Whether this was seen of another order, or of another database: there is less of this one."""
        further_note = (self.note_id or 0) > (now.note_id or 0)
        return self.sequence > now.sequence or self.message_id > now.message_id or further_note


def read_cursor(last_event_id: str | None, *, with_notes: bool = False) -> OrderCursor | None:
    """The cursor of a `Last-Event-ID`; rubbish is none, and so is one of a reader of other things."""
    found = _CURSOR.fullmatch(last_event_id or "")
    if found is None or with_notes != (found[3] is not None):
        return None
    return OrderCursor(int(found[1]), int(found[2]), int(found[3]) if with_notes else None)


async def for_anyone() -> bool:
    """For streams whose reader needs nothing but what they were opened with."""
    return True


async def order_stream(
    hub: Hub,
    database: Database,
    vendor_id: int,
    order_id: int,
    last_event_id: str | None,
    *,
    until: datetime,
    may_hear: Callable[[], Awaitable[bool]] = for_anyone,
    with_notes: bool = False,
) -> AsyncIterator[ServerSentEvent]:
    """An order's events after `last_event_id`, or its present state, and then whatever happens until `until`,
    or until there is something to tell and `may_hear` says no.

    Notes are told `with_notes` only, which is for the vendor's people.

    Whether the caller may see the order has been asked before. Raises OrderNotFound and DatabaseUnavailable
    before anything is streamed.
    """
    # Before the database is read: what happens in between is then heard, and told once.
    subscription = await hub.subscribe(vendor_id, order_id)
    reading = _Reading(hub, database, vendor_id, order_id, with_notes=with_notes)
    try:
        missed = await reading.begin(read_cursor(last_event_id, with_notes=with_notes))
    except BaseException:
        hub.unsubscribe(subscription)
        raise
    return _tell(hub, subscription, reading, missed, until, may_hear)


class _Reading:
    """What has been told of one order, and what the database knows beyond it."""

    def __init__(
        self, hub: Hub, database: Database, vendor_id: int, order_id: int, *, with_notes: bool
    ) -> None:
        self._hub = hub
        self._database = database
        self._vendor_id = vendor_id
        self._order_id = order_id
        self._with_notes = with_notes
        self.told = OrderCursor(0, 0)

    async def begin(self, since: OrderCursor | None) -> Sequence[News]:
        """What to tell first: all since the cursor, or the newest change where that is none of this order."""
        async with self._hub.reads, self._database.reading(self._vendor_id) as session:
            await live_events.check_order(session, order_id=self._order_id, customer_id=None)
            newest = await live_events.newest_change(session, order_id=self._order_id)
            last_message = await live_events.last_message(session, order_id=self._order_id)
            last_note = await self._last_note(session)
            if newest is None:
                self.told = OrderCursor(0, last_message, last_note)
                return []
            now = OrderCursor(newest.sequence, last_message, last_note)
            if since is None or since.is_beyond(now):
                self.told = replace(now, sequence=0)
                return [newest]
            self.told = since
            return await self._since(session)

    async def missed(self) -> Sequence[News]:
        """What happened since the last that was told."""
        async with self._hub.reads, self._database.reading(self._vendor_id) as session:
            return await self._since(session)

    async def _since(self, session: AsyncSession) -> Sequence[News]:
        order_id, told = self._order_id, self.told
        changes = await live_events.changes_since(session, order_id=order_id, sequence=told.sequence)
        messages = await live_events.messages_since(session, order_id=order_id, message_id=told.message_id)
        if told.note_id is None:
            return [*changes, *messages]
        notes = await live_events.notes_since(session, order_id=order_id, note_id=told.note_id)
        return [*changes, *messages, *notes]

    async def _last_note(self, session: AsyncSession) -> int | None:
        if not self._with_notes:
            return None
        return await live_events.last_note(session, order_id=self._order_id)

    def tell(self, news: News) -> ServerSentEvent | None:
        """The event of what happened; None for what was told before.

        An order's workflow writes its events one after the other, and messages and notes are added one after
        the other too, so that each appear in their order.
        """
        told = self.told
        if isinstance(news, NoteAdded):
            if told.note_id is None or news.id <= told.note_id:
                return None
            self.told = replace(told, note_id=news.id)
            return note_event(news, str(self.told))
        if isinstance(news, MessageAdded):
            if news.id <= told.message_id:
                return None
            self.told = replace(told, message_id=news.id)
            return message_event(news, str(self.told))
        if news.sequence <= told.sequence:
            return None
        self.told = replace(told, sequence=news.sequence)
        return order_event(news, str(self.told))


async def _tell(
    hub: Hub,
    subscription: Subscription,
    reading: _Reading,
    first: Sequence[News],
    until: datetime,
    may_hear: Callable[[], Awaitable[bool]],
) -> AsyncGenerator[ServerSentEvent, None]:
    happened = first
    try:
        yield opening()
        while True:
            for news in happened:
                if event := reading.tell(news):
                    yield event
            match await subscription.next(until):
                case Notice(news=heard):
                    happened = [heard]
                case Missed():
                    happened = await reading.missed()
                case None:
                    return
            async with hub.reads:
                if not await may_hear():
                    return
    finally:
        hub.unsubscribe(subscription)
