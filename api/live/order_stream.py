"""The stream of one order, from where its reader left off."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sse_starlette import ServerSentEvent

from api.live.events import opening, order_event
from api.live.hub import Hub, Missed, Notice, Subscription
from db.queries import live_events
from db.queries.live_events import OrderChange
from db.session import Database

_CURSOR = re.compile(r"([0-9]{1,9})\.([0-9]{1,18})")


@dataclass(frozen=True)
class OrderCursor:
    """What a reader has seen: the number of the last event, and the id of the last message."""

    sequence: int
    message_id: int

    def __str__(self) -> str:
        return f"{self.sequence}.{self.message_id}"


def read_cursor(last_event_id: str | None) -> OrderCursor | None:
    """The cursor of a `Last-Event-ID`; rubbish is none."""
    found = _CURSOR.fullmatch(last_event_id or "")
    return OrderCursor(int(found[1]), int(found[2])) if found else None


async def order_stream(
    hub: Hub,
    database: Database,
    vendor_id: int,
    order_id: int,
    last_event_id: str | None,
    *,
    until: datetime,
) -> AsyncIterator[ServerSentEvent]:
    """An order's events after `last_event_id`, or its present state, and then whatever happens until `until`.

    Whether the caller may see the order has been asked before. Raises OrderNotFound and DatabaseUnavailable
    before anything is streamed.
    """
    # Before the database is read: what happens in between is then heard, and told once.
    subscription = await hub.subscribe(vendor_id, order_id)
    reading = _Reading(hub, database, vendor_id, order_id)
    try:
        missed = await reading.begin(read_cursor(last_event_id))
    except BaseException:
        hub.unsubscribe(subscription)
        raise
    return _tell(hub, subscription, reading, missed, until)


class _Reading:
    """What has been told of one order, and what the database knows beyond it."""

    def __init__(self, hub: Hub, database: Database, vendor_id: int, order_id: int) -> None:
        self._hub = hub
        self._database = database
        self._vendor_id = vendor_id
        self._order_id = order_id
        self.told = OrderCursor(0, 0)

    async def begin(self, since: OrderCursor | None) -> Sequence[OrderChange]:
        """What to tell first: all since the cursor, or the newest where that is none or of no such event."""
        async with self._hub.reads, self._database.reading(self._vendor_id) as session:
            await live_events.check_order(session, order_id=self._order_id, customer_id=None)
            newest = await live_events.newest_change(session, order_id=self._order_id)
            if newest is None:
                return []
            if since is None or since.sequence > newest.sequence:
                return [newest]
            self.told = since
            return await live_events.changes_since(session, order_id=self._order_id, sequence=since.sequence)

    async def missed(self) -> Sequence[OrderChange]:
        """What happened since the last that was told."""
        async with self._hub.reads, self._database.reading(self._vendor_id) as session:
            return await live_events.changes_since(
                session, order_id=self._order_id, sequence=self.told.sequence
            )

    def tell(self, change: OrderChange) -> ServerSentEvent | None:
        """The event of a change; None for one that was told before.

        An order's workflow writes its events one after the other, so that they appear in their order.
        """
        if change.sequence <= self.told.sequence:
            return None
        self.told = OrderCursor(change.sequence, self.told.message_id)
        return order_event(change, str(self.told))


async def _tell(
    hub: Hub, subscription: Subscription, reading: _Reading, first: Sequence[OrderChange], until: datetime
) -> AsyncGenerator[ServerSentEvent, None]:
    changes = first
    try:
        yield opening()
        while True:
            for change in changes:
                if event := reading.tell(change):
                    yield event
            match await subscription.next(until):
                case Notice(change=heard):
                    changes = [heard]
                case Missed():
                    changes = await reading.missed()
                case None:
                    return
    finally:
        hub.unsubscribe(subscription)
