"""A worker that is killed while it checks and while it applies a file of products: all of it, and once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client

from api.engine import Engine
from api.importing import decide, start_check, store_file
from api.uploads import SentFile
from db.queries import product_imports
from db.session import Database
from db.tables import InventoryMovement, ProductImport
from settings import Settings
from tests.builders import create_product, create_vendor, create_vendor_user
from tests.system.programs import Programs
from tests.waiting import eventually
from workflows.product_import_messages import ImportDecision

ROWS = 1_500  # more than are kept at a time

_WAITS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@asynccontextmanager
async def _holding(database: Database, statement: str, **given: int) -> AsyncIterator[AsyncConnection]:
    """A lock that the worker runs into, given back at the end."""
    async with database.engine.connect() as connection:
        await connection.execute(text("SET LOCAL ROLE orion_platform"))
        await connection.execute(text(statement), given)
        yield connection
        await connection.rollback()


async def test_file_is_checked_and_applied_by_whoever_lives(
    database: Database, settings: Settings, temporal_client: Client, programs: Programs
) -> None:
    vendor = await create_vendor(database)
    user = await create_vendor_user(database, vendor)
    product = await create_product(database, vendor, available=1)
    engine = Engine(settings, client=temporal_client)
    content = f"sku,title,price,available_quantity\n{product.sku},Known,1,5\n" + "".join(
        f"N-{number},New,1,1\n" for number in range(ROWS - 1)
    )
    sent = SentFile("f.csv", content.encode(), {})
    entry = await store_file(database, vendor_id=vendor.id, user_id=user.id, sent=sent)

    async def look() -> ProductImport:
        async with database.reading(vendor.id) as session:
            return await product_imports.get_import(session, import_id=entry.id)

    async def waits() -> int:
        async with database.engine.connect() as connection:
            return int((await connection.execute(_WAITS)).scalar_one())

    worker = await programs.worker()
    async with _holding(database, "SELECT 1 FROM product_imports WHERE id = :id FOR UPDATE", id=entry.id):
        await start_check(engine, vendor_id=vendor.id, import_id=entry.id)
        await eventually(waits, lambda waiting: waiting > 0)
        await worker.kill()
    worker = await programs.worker()
    checked = await eventually(look, lambda seen: seen.state == "checked", within=60)

    async with _holding(database, "SELECT 1 FROM inventory WHERE product_id = :id FOR UPDATE", id=product.id):
        decision = ImportDecision("apply", user.id)
        await decide(database, engine, vendor_id=vendor.id, import_id=entry.id, decision=decision)
        await eventually(waits, lambda waiting: waiting > 0)
        await worker.kill()
    await programs.worker()
    applied = await eventually(look, lambda seen: seen.state == "applied", within=60)

    assert (checked.new_count, checked.changed_count, checked.wrong_count) == (ROWS - 1, 1, 0)
    assert applied.rows_total == ROWS
    async with database.reading(vendor.id) as session:
        moved = select(func.count(), func.sum(InventoryMovement.available_change)).where(
            InventoryMovement.import_id == entry.id
        )
        assert tuple((await session.execute(moved)).one()) == (ROWS, ROWS - 1 + 4)
