"""Sessions are bound to one vendor, or to the platform, for exactly one transaction."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from db.session import Database
from db.tables import Product, Vendor
from tests.builders import create_cart, create_customer, create_product, create_vendor
from tests.fixtures.postgres import PostgresUrls


async def test_vendor_session_commits(database: Database) -> None:
    vendor = await create_vendor(database)
    async with database.vendor(vendor.id) as session:
        await session.execute(update(Vendor).values(name="Renamed"))
    async with database.reading(vendor.id) as session:
        assert (await session.scalars(select(Vendor.name))).one() == "Renamed"


async def test_vendor_session_rolls_back_on_error(database: Database) -> None:
    vendor = await create_vendor(database, name="Acme")

    async def rename_and_fail() -> None:
        async with database.vendor(vendor.id) as session:
            await session.execute(update(Vendor).values(name="Renamed"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await rename_and_fail()
    async with database.reading(vendor.id) as session:
        assert (await session.scalars(select(Vendor.name))).one() == "Acme"


async def test_reading_session_sees_one_moment_and_the_next_session_may_write(database: Database) -> None:
    vendor = await create_vendor(database, name="Acme")
    async with database.reading(vendor.id) as session:
        before = (await session.scalars(select(Vendor.name))).one()
        async with database.vendor(vendor.id) as writing:
            await writing.execute(update(Vendor).values(name="Renamed"))
        after = (await session.scalars(select(Vendor.name))).one()
    assert (before, after) == ("Acme", "Acme")
    for _ in range(3):  # also over the connection that was read from
        async with database.vendor(vendor.id) as session:
            await session.execute(update(Vendor).values(name="Renamed again"))
            level = await session.scalar(text("SHOW transaction_isolation"))
            assert level == "read committed"


async def test_reading_session_refuses_writes(database: Database) -> None:
    vendor = await create_vendor(database)
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with database.reading(vendor.id) as session:
            await session.execute(update(Vendor).values(name="Renamed"))


async def test_vendor_does_not_leak_to_the_next_transaction(postgres_urls: PostgresUrls) -> None:
    database = Database(postgres_urls.app, pool_size=1)
    vendor = await create_vendor(database)
    async with database.vendor(vendor.id) as session:
        first = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        assert (await session.scalars(select(Vendor.id))).all() == [vendor.id]
    async with database.engine.begin() as connection:
        assert (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one() == first
        assert (await connection.execute(select(Vendor.id))).all() == []
    await database.close()


async def test_platform_role_does_not_leak_to_the_next_transaction(postgres_urls: PostgresUrls) -> None:
    database = Database(postgres_urls.app, pool_size=1)
    vendor = await create_vendor(database)
    async with database.platform() as session:
        assert (await session.scalars(select(Vendor.id))).all() == [vendor.id]
    async with database.engine.begin() as connection:
        assert (await connection.execute(select(Vendor.id))).all() == []
    await database.close()


async def test_statement_that_takes_too_long_is_ended(postgres_urls: PostgresUrls) -> None:
    database = Database(postgres_urls.app, timeout=0.3)
    with pytest.raises((DBAPIError, TimeoutError)):
        async with database.engine.begin() as connection:
            await connection.execute(text("SELECT pg_sleep(30)"))
    await database.ping()
    await database.close()


async def test_builders_make_a_cart(database: Database) -> None:
    vendor = await create_vendor(database)
    customer = await create_customer(database, vendor)
    product = await create_product(database, vendor, available=3)
    cart = await create_cart(database, vendor, customer, [(product, 2)])
    assert cart.customer_id == customer.id
    async with database.reading(vendor.id) as session:
        assert (await session.scalars(select(Product.id))).all() == [product.id]
