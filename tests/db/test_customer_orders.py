"""A customer's orders, with those of their account's guests: from the index, however many there are."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from db.queries.accounts import find_link_target
from db.queries.customers import account_by_email
from db.queries.orders import customer_orders, list_customer_orders, which_orders
from db.session import Database
from db.tables import Base, Customer, Order
from tests.db.rows import copy_of, fill_every_table
from tests.db.test_search import FILL
from tests.fixtures.postgres import PostgresCluster

PLAN = "EXPLAIN (COSTS OFF) "
GUESTS = text("""
    INSERT INTO customers (vendor_id, email, password_hash, first_name, last_name)
    SELECT :vendor_id, 'guest' || n || '@example.com', CASE WHEN n % 2 = 0 THEN 'x' END, '', ''
    FROM generate_series(1, 5000) AS n
""")


@dataclass(frozen=True)
class Full:
    """A shop with thousands of customers and orders: the account's own, its guests', and a stranger's."""

    database: Database
    vendor_id: int
    account: int
    guests: list[int]


@pytest_asyncio.fixture(scope="module")
async def full(postgres: PostgresCluster) -> AsyncIterator[Full]:
    async with postgres.fresh_database() as urls:
        database = Database(urls.app)
        rows = await fill_every_table(database, "one")
        customer = rows["customers"]
        vendor_id, table = customer["vendor_id"], Base.metadata.tables["customers"]
        guest = copy_of("customers", customer, password_hash=None, account_id=customer["id"])
        stranger = copy_of("customers", customer, email="stranger@example.com")
        async with database.platform() as session:
            statement = insert(table).returning(table.c.id)
            guests = [(await session.execute(statement.values(guest))).scalar_one() for _ in range(2)]
            others = [(await session.execute(statement.values(stranger))).scalar_one()]
            await session.execute(GUESTS, {"vendor_id": vendor_id})
            for number, owner in enumerate([*guests, *others]):
                cart = copy_of("carts", rows["carts"], customer_id=owner, session_id=f"cart-of-{owner:020}")
                carts = Base.metadata.tables["carts"]
                cart_id = (
                    await session.execute(insert(carts).values(cart).returning(carts.c.id))
                ).scalar_one()
                values: dict[str, Any] = {"vendor_id": vendor_id, "prefix": f"N{number}", "cart_id": cart_id}
                await session.execute(FILL, values | {"customer_id": owner, "count": 2000})
        engine = create_async_engine(urls.owner, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE orders"))
            await connection.execute(text("VACUUM ANALYZE customers"))
        await engine.dispose()
        yield Full(database, vendor_id, customer["id"], guests)
        await database.close()


async def test_list_and_its_pages_come_from_the_index(full: Full) -> None:
    async with full.database.reading(full.vendor_id) as session:
        first = await list_customer_orders(session, customer_id=full.account, limit=10)
        last = first[-1].order
        for before in (None, (last.created_at, last.id)):
            statement = customer_orders(before=before is not None).params(
                which_orders(full.account, 0, 10, before)
            )
            connection = await session.connection()
            compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            plan = "\n".join((await session.scalars(text(PLAN + str(compiled).replace(":", r"\:")))).all())
            assert "Seq Scan" not in plan, plan
            assert "ix_orders_customer_id" in plan, plan
            assert "ix_customers_account_id" in plan, plan


async def test_list_has_each_order_of_the_account_once_newest_first(full: Full) -> None:
    async with full.database.reading(full.vendor_id) as session:
        pages, before = [], None
        for _ in range(5):
            page = await list_customer_orders(session, customer_id=full.account, limit=7, before=before)
            pages += [stored.order for stored in page]
            before = (pages[-1].created_at, pages[-1].id)
        skipped = await list_customer_orders(session, customer_id=full.account, skip=30, limit=5)
        theirs = Order.customer_id.in_([full.account, *full.guests])
        newest = select(Order.id).where(theirs).order_by(Order.created_at.desc(), Order.id.desc()).limit(35)
        expected = (await session.scalars(newest)).all()
        of_a_guest = await list_customer_orders(session, customer_id=full.guests[0], limit=50)

    assert [order.id for order in pages] == expected
    assert [stored.order.id for stored in skipped] == expected[30:]
    assert {stored.order.customer_id for stored in of_a_guest} == {full.guests[0]}


async def test_address_is_looked_up_on_the_index(full: Full) -> None:
    """Counted by PostgreSQL inside each transaction, with row-level security as it is in production."""
    scans = text("SELECT pg_stat_get_xact_tuples_fetched(to_regclass('customers'))")
    sequential = text("SELECT pg_stat_get_xact_numscans(to_regclass('customers'))")
    async with full.database.reading(full.vendor_id) as session:
        target = await find_link_target(session, vendor_id=full.vendor_id, email="guest4000@example.com")
        account = await account_by_email(session, vendor_id=full.vendor_id, email="guest4000@example.com")
        nobody = await find_link_target(session, vendor_id=full.vendor_id, email="guest4001@example.com")
        fetched, walked = await session.scalar(scans), await session.scalar(sequential)
        found = await session.get_one(Customer, target)

    assert (found.email, account is found, nobody) == ("guest4000@example.com", True, None)
    assert walked == 0
    assert fetched is not None
    assert fetched < 10
