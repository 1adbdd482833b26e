"""A database with twenty thousand orders as bench/size fills it: enough that nobody would rather scan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.size.filling import Filling, Plan, dangling
from db.session import Database
from tests.fixtures.postgres import PostgresCluster, PostgresUrls

_COMMANDS = text("""
    INSERT INTO order_commands
        (vendor_id, order_id, kind, actor_type, actor_id, idempotency_key, request_hash, body, created_at)
    SELECT vendor_id, id, 'status', 'vendor', vendor_id, order_number, '', '{}', created_at FROM orders
""")

ORDERS = 20_000
VENDORS = 8
BIG, SMALL = 1, VENDORS


@dataclass(frozen=True)
class SomeOrder:
    """One delivered order of a vendor's, and who placed it."""

    id: int
    order_number: str
    customer_id: int
    email: str
    created_at: datetime


@dataclass(frozen=True)
class FullShops:
    """The first of the vendors has half of all orders, the last one the fewest."""

    database: Database
    urls: PostgresUrls
    superuser_url: str
    orders: dict[int, SomeOrder]


@asynccontextmanager
async def full_shops(postgres: PostgresCluster) -> AsyncIterator[FullShops]:
    """The filled database; its references are checked, as COPY did without."""
    async with postgres.fresh_database() as urls:
        name = make_url(urls.owner).database
        assert name is not None
        superuser = postgres.url("postgres", name)
        await Filling(superuser, Plan(ORDERS, vendors=VENDORS), lambda *_: None).fill()
        assert await dangling(superuser) == []
        await _write_commands(superuser)
        database = Database(urls.app, pool_size=3)
        orders = {vendor: await _some_order(database, vendor) for vendor in (BIG, SMALL)}
        yield FullShops(database, urls, superuser, orders)
        await database.close()


async def _write_commands(superuser: str) -> None:
    """One command for every order; nothing that is measured reads them, so that filling leaves them out."""
    engine = create_async_engine(superuser, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(_COMMANDS)
        await connection.execute(text("VACUUM (ANALYZE) order_commands"))
    await engine.dispose()


async def _some_order(database: Database, vendor_id: int) -> SomeOrder:
    statement = text("""
        SELECT orders.id, order_number, customer_id, email, orders.created_at
        FROM orders JOIN customers ON customers.id = customer_id
        WHERE status = 'delivered' AND completed_at IS NOT NULL AND password_hash IS NOT NULL
        ORDER BY orders.id DESC LIMIT 1
    """)
    async with database.reading(vendor_id) as session:
        return SomeOrder(*(await session.execute(statement)).one())
