"""Files of twenty thousand orders: little memory, one moment, and no connection left behind."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.pool import QueuePool
from starlette.types import Message

from api.exporting import CsvFile, ExportSlots, order_file
from db.queries.order_exports import BATCH
from db.queries.order_filters import OrderFilter
from db.session import Database
from domain.errors import RateLimited
from tests.db.rows import fill_every_table
from tests.db.test_search import FILL
from tests.fixtures.postgres import PostgresCluster
from tests.waiting import eventually

COUNT = 20_000
SCOPE: dict[str, Any] = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}}


@dataclass(frozen=True)
class Shop:
    """A vendor with more orders than anybody wants in memory."""

    database: Database
    vendor_id: int

    def file(
        self,
        slots: ExportSlots | None = None,
        wanted: OrderFilter | None = None,
        *,
        stalled: float = 20,
        longest: float = 60,
    ) -> CsvFile:
        parts = order_file(self.database, self.vendor_id, wanted or OrderFilter(), "orders")
        slots = slots or ExportSlots(1)
        return CsvFile(parts, slots, filename="orders.csv", stalled=stalled, longest=longest)

    @property
    def connections(self) -> int:
        """How many are in use."""
        pool = self.database.engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()


@pytest_asyncio.fixture(scope="module")
async def shop(postgres: PostgresCluster) -> AsyncIterator[Shop]:
    async with postgres.fresh_database() as urls:
        filling = Database(urls.app, timeout=120)
        rows = await fill_every_table(filling, "one")
        vendor_id = rows["vendors"]["id"]
        values = {"customer_id": rows["customers"]["id"], "cart_id": rows["carts"]["id"]}
        async with filling.platform() as session:
            await session.execute(FILL, values | {"vendor_id": vendor_id, "prefix": "N", "count": COUNT})
        await filling.close()
        database = Database(urls.app, pool_size=3)
        yield Shop(database, vendor_id)
        await database.close()


@dataclass
class Reader:
    """Who takes a file: `takes` parts of it, and then nothing until they are gone."""

    takes: int = COUNT
    lines: int = 0
    size: int = 0
    parts: int = 0
    ended: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            return
        if self.parts >= self.takes:
            await asyncio.Event().wait()
        self.parts += 1
        self.lines += message["body"].count(b"\r\n")
        self.size += len(message["body"])
        self.ended = not message["more_body"]


async def _peak(shop: Shop, wanted: OrderFilter) -> tuple[Reader, int]:
    """A whole file, and the most bytes that Python held for it at any time."""
    reader = Reader()
    tracemalloc.start()
    try:
        await shop.file(wanted=wanted)(SCOPE, reader.receive, reader.send)
        return reader, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_memory_does_not_grow_with_the_file(shop: Shop) -> None:
    """Ten times the rows in as little, once what is compiled for the first file is there."""
    few = OrderFilter(placed_before=datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=COUNT // 10))
    await _peak(shop, few)
    small, little = await _peak(shop, few)
    whole, peak = await _peak(shop, OrderFilter())

    assert whole.ended
    assert whole.lines == COUNT + 2  # the header, and the order that was there before
    assert whole.parts > COUNT // BATCH > small.parts
    assert peak < 1.3 * little < whole.size
    assert shop.connections == 0


async def test_file_is_of_one_moment(shop: Shop) -> None:
    parts = order_file(shop.database, shop.vendor_id, OrderFilter(), "orders")
    seen = await anext(parts)
    move = text("UPDATE orders SET carrier = :carrier")
    async with shop.database.vendor(shop.vendor_id) as session:
        await session.execute(move, {"carrier": "latecomer"})
    async for part in parts:
        seen += part
    async with shop.database.vendor(shop.vendor_id) as session:
        await session.execute(move, {"carrier": None})

    assert b"latecomer" not in seen
    assert seen.count(b"\r\n") == COUNT + 2


async def test_reader_who_hangs_up_frees_the_connection_and_the_slot(shop: Shop) -> None:
    slots, reader = ExportSlots(1), Reader(takes=2)
    sending = asyncio.create_task(shop.file(slots)(SCOPE, reader.receive, reader.send))

    await _until_it_took(reader, 2)
    assert (shop.connections, slots.taken) == (1, 1)
    with pytest.raises(RateLimited):
        await shop.file(slots)(SCOPE, reader.receive, reader.send)
    reader.gone.set()
    await sending

    await _until_free(shop)
    assert (slots.taken, reader.ended) == (0, False)


async def test_hanging_up_while_rows_are_fetched_frees_the_connection(shop: Shop) -> None:
    """Many times, so that it happens in the midst of a fetch as well."""
    for parts in range(1, 25):
        slots, reader = ExportSlots(1), Reader()
        sending = asyncio.create_task(shop.file(slots)(SCOPE, reader.receive, reader.send))
        await _until_it_took(reader, parts)
        reader.gone.set()
        await sending
        assert slots.taken == 0
    await _until_free(shop)


@pytest.mark.parametrize(("stalled", "longest"), [(0.2, 60), (20, 3)])
async def test_reader_who_stops_reading_is_left(shop: Shop, stalled: float, longest: float) -> None:
    slots, reader = ExportSlots(1), Reader(takes=1)

    async with asyncio.timeout(20):
        await shop.file(slots, stalled=stalled, longest=longest)(SCOPE, reader.receive, reader.send)

    await _until_free(shop)
    assert (slots.taken, reader.parts, reader.ended) == (0, 1, False)


async def test_file_breaks_off_when_the_database_does(shop: Shop) -> None:
    slots, reader = ExportSlots(1), Reader(takes=COUNT)
    file, holding = shop.file(slots), asyncio.Event()

    async def send(message: Message) -> None:
        await reader.send(message)
        if reader.parts == 2:
            await holding.wait()

    sending = asyncio.create_task(file(SCOPE, reader.receive, send))
    await _until_it_took(reader, 2)
    async with shop.database.vendor(shop.vendor_id) as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
                " AND state = 'idle in transaction'"
            )
        )
    holding.set()
    await sending

    await _until_free(shop)
    assert (slots.taken, reader.ended) == (0, False)
    assert reader.lines < COUNT


async def _until_it_took(reader: Reader, parts: int) -> None:
    async def look() -> int:
        return reader.parts

    await eventually(look, lambda taken: taken >= parts)


async def _until_free(shop: Shop) -> None:
    async def look() -> int:
        return shop.connections

    await eventually(look, lambda used: used == 0)
