"""A database with twenty thousand orders as bench/size fills it: enough that nobody would rather scan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.size.filling import Filling, Plan, dangling
from db.session import Database
from tests.fixtures.postgres import PostgresCluster, PostgresUrls

_COMMANDS = text("""
    INSERT INTO order_commands
        (vendor_id, order_id, kind, actor_type, actor_id, idempotency_key, request_hash, body, created_at)
    SELECT vendor_id, id, 'status', 'vendor', vendor_id, order_number, '', '{}', created_at FROM orders
""")
# One for every order that was paid, but for one in fifty.
_INVOICES = text("""
    INSERT INTO invoices (vendor_id, order_id, kind, number, issued_on, issuer, rates, shipping_name,
        tax_amount, total_amount, currency)
    SELECT vendor_id, id, 'invoice', order_number, paid_at::date, '{}', '[]', '', 0, total_amount, currency
    FROM orders WHERE paid_at IS NOT NULL AND id % 50 <> 0 ORDER BY paid_at
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
        await _write_beside(superuser, "order_commands", _COMMANDS)
        await _write_beside(superuser, "invoices", _INVOICES)
        database = Database(urls.app, pool_size=3)
        orders = {vendor: await _some_order(database, vendor) for vendor in (BIG, SMALL)}
        yield FullShops(database, urls, superuser, orders)
        await database.close()


async def _write_beside(superuser: str, table: str, statement: TextClause) -> None:
    """What belongs to orders and nothing that is measured reads, so that filling leaves it out."""
    engine = create_async_engine(superuser, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(statement)
        await connection.execute(text(f"VACUUM (ANALYZE) {table}"))
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
