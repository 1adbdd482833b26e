"""Filling an empty database with orders by COPY, as the application would have written them over years."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import accumulate
from random import Random

import asyncpg  # type: ignore[import-untyped] # asyncpg ships no types
from sqlalchemy import make_url

from bench.size.copying import COLUMNS, Lines, moment
from bench.size.lives import live
from bench.size.orders import OrderRows
from bench.size.people import People
from bench.size.shops import open_shop
from db.tables import Base

SPAN = timedelta(days=3 * 365)
_BATCH = 5_000
_EVENTS_AN_ORDER = 8
# The order's words for the search are worked out by the function that placing uses, as COPY cannot call it.
_STAGE = """
    CREATE TEMPORARY TABLE staged_orders AS
    SELECT {columns}, '' AS first_name, '' AS last_name, '' AS email FROM orders WITH NO DATA
"""
_INSERT = """
    INSERT INTO orders ({columns}, search_document)
    SELECT {columns},
        order_search_document(vendor_id, created_at, order_number, first_name, last_name, email)
    FROM staged_orders
"""
_INDEXES = """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid::regclass::text = ANY($1)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY 1
"""

Tell = Callable[[str, float], None]


class NotEmptyError(Exception):
    """There are vendors already, whose ids would be taken twice."""


@dataclass(frozen=True)
class Plan:
    """How many orders, and what share of them is the first vendor's."""

    orders: int
    vendors: int = 201
    first_share: float = 0.5
    seed: int = 20261122


class Filling:
    """Fills a database that has nothing but its schema; `url` is the cluster's superuser's.

    Foreign keys and triggers rest meanwhile, so that `check` has to look at the references. `tell` hears what
    is being done, and how much of it is done.
    """

    def __init__(self, url: str, plan: Plan, tell: Tell) -> None:
        self._url = make_url(url)
        self._plan = plan
        self._tell = tell

    async def fill(self) -> None:
        """Write all rows, make the indexes and gather statistics. Raises NotEmptyError."""
        main, beside = await self._connect(), await self._connect()
        try:
            if await main.fetchval("SELECT count(*) FROM vendors"):
                raise NotEmptyError("The database is not empty.")
            indexes = await main.fetch(_INDEXES, list(COLUMNS))
            for index in indexes:
                await main.execute(f"DROP INDEX {index['name']}")
            await self._copy(main, beside)
            await self._index([main, beside], [index["definition"] for index in indexes])
            for table in COLUMNS:
                await self._continue_ids(main, table)
            self._tell("VACUUM ANALYZE", 1)
            await main.execute("VACUUM (ANALYZE, PARALLEL 0)")
        finally:
            await main.close()
            await beside.close()

    async def _connect(self) -> asyncpg.Connection:
        _, options = self._url.get_dialect()().create_connect_args(self._url)
        settings = {
            "session_replication_role": "replica",
            "synchronous_commit": "off",
            "maintenance_work_mem": "512MB",
        }
        connection = await asyncpg.connect(**options, server_settings=settings)
        await connection.execute(_STAGE.format(columns=", ".join(COLUMNS["orders"])))
        return connection

    async def _copy(self, main: asyncpg.Connection, beside: asyncpg.Connection) -> None:
        """While PostgreSQL takes a batch, on two connections, the next one is made."""
        batches = _batches(self._plan)
        done, batch = 0, await asyncio.to_thread(next, batches, None)
        while batch is not None:
            orders = {"orders": batch.pop("orders")} if "orders" in batch else {}
            async with asyncio.TaskGroup() as group:
                following = group.create_task(asyncio.to_thread(next, batches, None))
                group.create_task(_copy_all(main, batch))
                group.create_task(_copy_all(beside, orders))
            done += _BATCH
            self._tell("orders", min(1.0, done / self._plan.orders))
            batch = following.result()

    async def _index(self, connections: list[asyncpg.Connection], definitions: list[str]) -> None:
        waiting, done = iter(definitions), 0

        async def work(connection: asyncpg.Connection) -> None:
            nonlocal done
            for definition in waiting:
                await connection.execute(definition)
                done += 1
                self._tell("indexes", done / len(definitions))

        async with asyncio.TaskGroup() as group:
            for connection in connections:
                group.create_task(work(connection))

    async def _continue_ids(self, connection: asyncpg.Connection, table: str) -> None:
        """Let the application's own rows come after ours."""
        if "id" in COLUMNS[table]:
            sequence = "pg_get_serial_sequence($1, 'id')"
            await connection.execute(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))", table)  # noqa: S608


async def dangling(url: str) -> list[str]:
    """The foreign keys that some row does not obey; none is as it should be."""
    address = make_url(url)
    _, options = address.get_dialect()().create_connect_args(address)
    connection = await asyncpg.connect(**options)
    try:
        broken = []
        for table in Base.metadata.sorted_tables:
            for key in table.foreign_key_constraints:
                columns = [element.parent.name for element in key.elements]
                parent = key.referred_table.name
                same = " AND ".join(
                    f"parent.{element.column.name} = child.{element.parent.name}" for element in key.elements
                )
                given = " AND ".join(f"child.{name} IS NOT NULL" for name in columns)
                statement = (
                    f"SELECT EXISTS (SELECT FROM {table.name} AS child WHERE {given}"  # noqa: S608
                    f" AND NOT EXISTS (SELECT FROM {parent} AS parent WHERE {same}))"
                )
                if await connection.fetchval(statement):
                    broken.append(str(key.name))
        return broken
    finally:
        await connection.close()


async def _copy_all(connection: asyncpg.Connection, files: dict[str, BytesIO]) -> None:
    for table, file in files.items():
        columns = list(COLUMNS[table])
        if table != "orders":
            await connection.copy_to_table(table, source=file, columns=columns)
            continue
        staged = [*columns, "first_name", "last_name", "email"]
        await connection.copy_to_table("staged_orders", source=file, columns=staged)
        await connection.execute(_INSERT.format(columns=", ".join(columns)))
        await connection.execute("TRUNCATE staged_orders")


def _batches(plan: Plan) -> Iterator[dict[str, BytesIO]]:
    """Lines of some thousand orders each, in the order in which they were placed; the vendors come first."""
    random, lines, now = Random(plan.seed), Lines(), datetime.now(UTC)
    opened = now - SPAN
    shops = [open_shop(number, lines, opened, random) for number in range(1, plan.vendors + 1)]
    people = People(random)
    rows = OrderRows(lines, random, transactions=-_EVENTS_AN_ORDER * 2 * plan.orders)
    weights = list(accumulate(_weights(plan)))
    yield lines.files()
    for first in range(0, plan.orders, _BATCH):
        for number in range(first, min(first + _BATCH, plan.orders)):
            # The shops grow: later orders are closer to each other.
            placed = opened + SPAN * ((number + random.random()) / plan.orders) ** 0.8
            [shop] = random.choices(shops, cum_weights=weights)
            rows.write(shop, people.somebody(shop.id, placed), live(placed, now, random))
        yield lines.files()
    people.write(lines)
    for shop in shops:
        shop.write_stock(lines, moment(opened))
    yield lines.files()


def _weights(plan: Plan) -> list[float]:
    """The first vendor has its share; the others are of very different size."""
    if plan.vendors == 1:
        return [1.0]
    others = [1 / (place + 10) for place in range(plan.vendors - 1)]
    return [plan.first_share, *(share * (1 - plan.first_share) / sum(others) for share in others)]
