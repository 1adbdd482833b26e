"""Direct transactions: as sessions are, bound to one vendor for exactly one transaction, on the driver."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg  # type: ignore[import-untyped] # asyncpg ships no types
import pytest
from sqlalchemy import ARRAY, BigInteger, bindparam, event, make_url, select, text
from sqlalchemy.dialects.postgresql import JSONB

from db.direct import BrokenTransaction, Entity, rows
from db.outages import DATABASE_ERRORS, is_outage
from db.session import Database
from db.tables import Vendor
from tests.builders import create_vendor
from tests.fixtures.postgres import PostgresCluster, PostgresUrls
from tests.waiting import eventually

_SOCKET = ".s.PGSQL.5432"
_TERMINATED = b"57P01"
_NAMES = select(Vendor.name).order_by(Vendor.id)
_RENAME = text("UPDATE vendors SET name = :name RETURNING id")
_PID = text("SELECT pg_backend_pid() AS pid")
_VENDOR = text("SELECT current_setting('app.vendor_id', true) AS id")


async def names(database: Database, vendor_id: int) -> list[str]:
    async with database.direct(vendor_id) as direct:
        return [row.name for row in await direct.all(_NAMES, {})]


async def test_commits_for_one_vendor_only(database: Database) -> None:
    vendor, other = await create_vendor(database, name="Acme"), await create_vendor(database, name="Other")

    async with database.direct(vendor.id) as direct:
        assert (await direct.one(_RENAME, {"name": "Renamed"})).id == vendor.id

    assert await names(database, vendor.id) == ["Renamed"]
    assert await names(database, other.id) == ["Other"]


async def test_refused_connection_is_an_outage(postgres: PostgresCluster) -> None:
    async with postgres.fresh_database() as urls:
        name = make_url(urls.app).database
        await postgres.run(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        database = Database(urls.app)

        with pytest.raises(DATABASE_ERRORS) as refused:
            await names(database, 1)

        assert is_outage(refused.value)
        await database.close()


async def test_connection_that_postgresql_is_closing_is_an_outage_and_not_used_again(
    postgres: PostgresCluster, postgres_urls: PostgresUrls
) -> None:
    async with goodbyes_only(postgres_urls.app) as (url, goodbye):
        database = Database(url, pool_size=1)
        pid = await asked(database)
        await postgres.run(f"SELECT pg_terminate_backend({pid})")
        await goodbye.wait()

        with pytest.raises(DATABASE_ERRORS) as refused:
            await asked(database)

        assert is_outage(refused.value)
        assert await asked(database) != pid
        await database.close()


async def asked(database: Database) -> int:
    async with database.asking() as direct:
        return int((await direct.one(_PID, {})).pid)


@asynccontextmanager
async def goodbyes_only(url: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A way to PostgreSQL on which its last words arrive, and the end of the connection does not."""
    server = Path(str(make_url(url).query["host"])) / _SOCKET
    ends: list[asyncio.StreamWriter] = []
    goodbye = asyncio.Event()

    async def hand_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while said := await source.read(65_536):
            to.write(said)
            if _TERMINATED in said:
                await asyncio.sleep(0)
                goodbye.set()

    async def serve(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(server)
        ends.extend((to_client, to_server))
        await asyncio.gather(hand_on(client, to_server), hand_on(from_server, to_client))

    with TemporaryDirectory() as directory:
        async with await asyncio.start_unix_server(serve, Path(directory) / _SOCKET):
            here = make_url(url).set(query={"host": directory})
            yield here.render_as_string(hide_password=False), goodbye
            for end in ends:
                end.close()
                with suppress(ConnectionError):
                    await end.wait_closed()


async def test_rolls_back_on_error(database: Database) -> None:
    vendor = await create_vendor(database, name="Acme")

    async def rename_and_fail() -> None:
        async with database.direct(vendor.id) as direct:
            await direct.one(_RENAME, {"name": "Renamed"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await rename_and_fail()
    assert await names(database, vendor.id) == ["Acme"]


async def test_error_that_was_passed_over_is_no_commit(database: Database) -> None:
    vendor = await create_vendor(database, name="Acme")

    async def rename_and_pass_over() -> None:
        async with database.direct(vendor.id) as direct:
            await direct.one(_RENAME, {"name": "Renamed"})
            with pytest.raises(asyncpg.DivisionByZeroError):
                await direct.one(text("SELECT 1 / :zero"), {"zero": 0})

    with pytest.raises(BrokenTransaction, match="ROLLBACK"):
        await rename_and_pass_over()
    assert await names(database, vendor.id) == ["Acme"]


async def test_reading_sees_one_moment_and_refuses_writes(database: Database) -> None:
    vendor = await create_vendor(database, name="Acme")
    async with database.direct(vendor.id, reading=True) as direct:
        before = await direct.one(_NAMES, {})
        async with database.direct(vendor.id) as writing:
            await writing.one(_RENAME, {"name": "Renamed"})
        after = await direct.one(_NAMES, {})
    assert (before.name, after.name) == ("Acme", "Acme")

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.direct(vendor.id, reading=True) as direct:
            await direct.one(_RENAME, {"name": "Again"})


async def test_vendor_does_not_leak_to_whoever_has_the_connection_next(postgres_urls: PostgresUrls) -> None:
    database = Database(postgres_urls.app, pool_size=1)
    vendor = await create_vendor(database)
    async with database.direct(vendor.id) as direct:
        first = (await direct.one(_PID, {})).pid
    async with database.asking() as direct:
        assert (await direct.one(_PID, {})).pid == first
        assert not (await direct.one(_VENDOR, {})).id
        assert await direct.all(_NAMES, {}) == []
    async with database.engine.begin() as connection:
        assert (await connection.execute(_NAMES)).all() == []
    await database.close()


async def test_values_of_each_type_go_in_and_come_out(database: Database) -> None:
    vendor = await create_vendor(database)
    statement = text(
        "SELECT :ids AS ids, :document AS document, CAST(:day AS date) AS day,"
        " CAST(:amount AS numeric) AS amount"
    ).bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("document", type_=JSONB))
    given = {
        "ids": [3, 1, 2],
        "document": {"name": "Jürgen", "lines": [1, None]},
        "day": date(2026, 11, 28),
        "amount": Decimal("12.30"),
    }

    async with database.direct(vendor.id) as direct:
        row = await direct.one(statement, given)

    assert dict(row) == given


async def test_one_statement_at_once_is_a_transaction_of_its_vendor(database: Database) -> None:
    vendor, other = await create_vendor(database, name="Acme"), await create_vendor(database, name="Other")
    rename = "UPDATE vendors SET name = 'Renamed' WHERE id = {which:d}"

    await database.do_at_once(vendor.id, rename, which=vendor.id)
    await database.do_at_once(vendor.id, rename, which=other.id)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.do_at_once(vendor.id, "UPDATE vendors SET name = (1 / {zero:d})::text", zero=0)
    with pytest.raises(ValueError, match="format code"):
        await database.do_at_once(vendor.id, rename, which="1; DROP TABLE orders")  # type: ignore[arg-type]

    assert await names(database, vendor.id) == ["Renamed"]
    assert await names(database, other.id) == ["Other"]


async def test_transaction_that_need_not_wait_for_the_disk_leaves_the_next_one_alone(
    postgres_urls: PostgresUrls,
) -> None:
    database = Database(postgres_urls.app, pool_size=1)
    vendor = await create_vendor(database, name="Acme")
    waits = text("SELECT current_setting('synchronous_commit') AS kept")
    rename = "UPDATE vendors SET name = name || current_setting('synchronous_commit') WHERE id = {which:d}"

    async with database.direct(vendor.id) as direct:  # the cluster of the tests waits for nothing
        await direct.one(text("SELECT set_config('synchronous_commit', 'on', false) AS kept"), {})
    async with database.direct(vendor.id, flushed=False) as direct:
        unflushed = (await direct.one(waits, {})).kept
    async with database.direct(vendor.id) as direct:
        afterwards = (await direct.one(waits, {})).kept
    await database.do_at_once(vendor.id, rename, flushed=False, which=vendor.id)
    await database.do_at_once(vendor.id, rename, which=vendor.id)

    assert (unflushed, afterwards) == ("off", "on")
    assert await names(database, vendor.id) == ["Acmeoffon"]
    await database.close()


async def test_row_that_is_not_there(database: Database) -> None:
    vendor = await create_vendor(database)
    nothing = text("SELECT 1 AS one WHERE false")
    async with database.direct(vendor.id) as direct:
        assert await direct.find(nothing, {}) is None
        with pytest.raises(LookupError):
            await direct.one(nothing, {})
        row = await direct.one(text("SELECT 1 AS one"), {})
    assert row.one == 1
    assert not hasattr(row, "two")


async def test_connection_that_was_ended_in_the_pool_is_not_given_out(postgres_urls: PostgresUrls) -> None:
    database = Database(postgres_urls.app, pool_size=2)
    vendor = await create_vendor(database)
    drivers: list[Any] = []
    event.listen(
        database.engine.sync_engine, "checkout", lambda adapted, *_: drivers.append(adapted.driver_connection)
    )
    async with database.direct(vendor.id) as one, database.direct(vendor.id) as two:
        pids = {(await one.one(_PID, {})).pid, (await two.one(_PID, {})).pid}
    other = Database(postgres_urls.app, pool_size=1)
    async with other.engine.begin() as connection:
        for pid in pids:
            await connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    await eventually(lambda: asyncio.sleep(0, [driver.is_closed() for driver in drivers]), all)

    for _ in range(3):
        async with database.direct(vendor.id) as direct:
            assert (await direct.one(_PID, {})).pid not in pids
    await other.close()
    await database.close()


async def test_cancelled_transaction_leaves_nothing_behind(postgres_urls: PostgresUrls) -> None:
    database = Database(postgres_urls.app, pool_size=1)
    vendor = await create_vendor(database, name="Acme")
    begun = asyncio.Event()

    async def rename_and_sleep() -> None:
        async with database.direct(vendor.id) as direct:
            await direct.one(_RENAME, {"name": "Renamed"})
            begun.set()
            await direct.one(text("SELECT pg_sleep(30)"), {})

    task = asyncio.create_task(rename_and_sleep())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await names(database, vendor.id) == ["Acme"]
    await database.close()


async def test_entity_is_read_whole(database: Database) -> None:
    vendor = await create_vendor(database, name="Acme")
    entity = Entity(Vendor, label="of_vendor_")
    statement = select(*entity.columns).where(Vendor.id == bindparam("id", type_=BigInteger))

    async with database.direct(vendor.id, reading=True) as direct:
        read = entity.read(await direct.one(statement, {"id": vendor.id}))

    async with database.reading(vendor.id) as session:
        stored = await session.get_one(Vendor, vendor.id)
    columns = [column.key for column in Vendor.__table__.columns]
    assert {key: getattr(read, key) for key in columns} == {key: getattr(stored, key) for key in columns}
    assert read.created_at < datetime.now(UTC)


async def test_values_of_the_statement_itself_are_sent(database: Database) -> None:
    vendor = await create_vendor(database, name="Acme")
    whose = Vendor.id == bindparam("id", type_=BigInteger)

    async with database.direct(vendor.id, reading=True) as direct:
        found = await rows(direct, select(Vendor.name).where(whose, Vendor.name == "Acme"), {"id": vendor.id})
        missed = await rows(
            direct, select(Vendor.name).where(whose, Vendor.name == "Other"), {"id": vendor.id}
        )

    assert [row["name"] for row in found] == ["Acme"]
    assert missed == []


async def test_a_session_reads_the_same_entity_and_does_not_write_it(database: Database) -> None:
    vendor = await create_vendor(database, name="Acme")
    entity = Entity(Vendor)
    statement = select(*entity.columns).where(Vendor.id == bindparam("id", type_=BigInteger))

    async with database.direct(vendor.id, reading=True) as direct:
        [by_driver] = await rows(direct, statement, {"id": vendor.id})
    async with database.vendor(vendor.id) as session:
        [by_session] = await rows(session, statement, {"id": vendor.id})
        read = entity.read(by_session)
        read.currency = "XXX"
        assert read not in session

    assert dict(by_session) == dict(by_driver)
    assert read.id == vendor.id
    assert read.name == "Acme"
    async with database.reading(vendor.id) as session:
        assert (await session.get_one(Vendor, vendor.id)).currency == vendor.currency
