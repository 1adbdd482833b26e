"""Another vendor's rows can neither be read nor written, even by SQL without a WHERE."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from sqlalchemy import Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db.migrate import owner_engine
from db.session import Database
from db.tables import Base
from tests.db.rows import Row, fill_every_table, tenant_tables, vendor_column
from tests.fixtures.postgres import PostgresCluster, PostgresUrls

PLATFORM_TABLES = {"admins", "sign_in_attempts", "stripe_events", "tax_rates"}
TENANT_TABLES = tenant_tables()

each_table = pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.name)

# Straight from the catalogue, so that a table counts even if no model knows it.
UNPROTECTED = text("""
    SELECT relation.relname
    FROM pg_class AS relation
    JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace AND schema.nspname = 'public'
    LEFT JOIN pg_attribute AS vendor ON vendor.attrelid = relation.oid AND vendor.attname = 'vendor_id'
    WHERE relation.relkind IN ('r', 'p') AND (vendor.attname IS NOT NULL OR relation.relname = 'vendors')
      AND NOT (relation.relrowsecurity AND relation.relforcerowsecurity AND EXISTS (
          SELECT FROM pg_policies
          WHERE tablename = relation.relname AND roles = ARRAY['orion_application']::name[]
            AND cmd = 'ALL' AND qual = with_check AND qual LIKE '%app.vendor_id%'))
""")


@dataclass(frozen=True)
class Tenants:
    """Two vendors with one row in every table."""

    database: Database
    urls: PostgresUrls
    ours: dict[str, Row]
    theirs: dict[str, Row]

    @property
    def us(self) -> int:
        return int(self.ours["vendors"]["id"])

    @property
    def them(self) -> int:
        return int(self.theirs["vendors"]["id"])


@pytest_asyncio.fixture(scope="module")
async def tenants(postgres: PostgresCluster) -> AsyncIterator[Tenants]:
    """The application gets every privilege here, so that nothing but row-level security protects the rows."""
    async with postgres.fresh_database() as urls:
        owner = owner_engine(urls.owner)
        async with owner.begin() as connection:
            await connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO orion_application"))
        await owner.dispose()
        database = Database(urls.app, pool_size=2)
        ours = await fill_every_table(database, "ours", by_vendor=True)
        theirs = await fill_every_table(database, "theirs", by_vendor=True)
        yield Tenants(database, urls, ours, theirs)
        await database.close()


@pytest_asyncio.fixture
async def as_us(tenants: Tenants) -> AsyncIterator[AsyncConnection]:
    """A transaction as our vendor that is rolled back."""
    async with tenants.database.engine.connect() as connection:
        await connection.execute(select(func.set_config("app.vendor_id", str(tenants.us), True)))
        yield connection
        await connection.rollback()


def test_every_table_is_a_tenants_or_known_as_the_platforms() -> None:
    assert set(Base.metadata.tables) == {table.name for table in TENANT_TABLES} | PLATFORM_TABLES


async def test_every_tenant_table_has_forced_row_level_security(database: Database) -> None:
    async with database.platform() as session:
        assert (await session.scalars(UNPROTECTED)).all() == []


async def test_a_new_tenant_table_without_policy_is_noticed(postgres: PostgresCluster) -> None:
    async with postgres.fresh_database() as urls:
        owner = owner_engine(urls.owner)
        async with owner.begin() as connection:
            await connection.execute(text("CREATE TABLE coupons (id bigint, vendor_id bigint)"))
            assert (await connection.scalars(UNPROTECTED)).all() == ["coupons"]
        await owner.dispose()


@each_table
async def test_select_shows_only_our_rows(tenants: Tenants, as_us: AsyncConnection, table: Table) -> None:
    assert (await as_us.scalars(select(vendor_column(table)))).all() == [tenants.us]


@each_table
async def test_select_shows_nothing_without_a_vendor(tenants: Tenants, table: Table) -> None:
    async with tenants.database.engine.connect() as connection:
        assert (await connection.execute(select(table))).all() == []


@each_table
async def test_update_without_where_touches_only_our_rows(
    tenants: Tenants, as_us: AsyncConnection, table: Table
) -> None:
    column = vendor_column(table)
    statement = update(table).values({column: column}).returning(column)
    assert (await as_us.scalars(statement)).all() == [tenants.us]


@each_table
async def test_row_cannot_be_handed_to_another_vendor(
    tenants: Tenants, as_us: AsyncConnection, table: Table
) -> None:
    with pytest.raises(DBAPIError, match="row-level security policy"):
        await as_us.execute(update(table).values({vendor_column(table): tenants.them}))


@each_table
async def test_row_cannot_be_inserted_for_another_vendor(
    tenants: Tenants, as_us: AsyncConnection, table: Table
) -> None:
    with pytest.raises(DBAPIError, match="row-level security policy"):
        await as_us.execute(insert(table).values(tenants.theirs[table.name]))


@each_table
async def test_row_cannot_be_inserted_without_a_vendor(tenants: Tenants, table: Table) -> None:
    async with tenants.database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="row-level security policy"):
            await connection.execute(insert(table).values(tenants.ours[table.name]))


async def test_delete_without_where_leaves_other_vendors_rows(
    tenants: Tenants, as_us: AsyncConnection
) -> None:
    for table in reversed(TENANT_TABLES):
        column = vendor_column(table)
        assert (await as_us.scalars(delete(table).returning(column))).all() == [tenants.us], table.name
    await as_us.execute(text("SET LOCAL ROLE orion_platform"))
    for table in TENANT_TABLES:
        left = (await as_us.scalars(select(vendor_column(table)))).all()
        assert left == [tenants.them], table.name


async def test_platform_sees_all_vendors(tenants: Tenants) -> None:
    async with tenants.database.platform() as session:
        for table in TENANT_TABLES:
            seen = set((await session.scalars(select(vendor_column(table)))).all())
            assert seen == {tenants.us, tenants.them}, table.name


async def test_owner_is_held_by_row_level_security_too(tenants: Tenants) -> None:
    engine = create_async_engine(tenants.urls.owner)
    async with engine.connect() as connection:
        for table in TENANT_TABLES:
            assert (await connection.execute(select(table))).all() == [], table.name
    await engine.dispose()


async def test_reference_cannot_cross_vendors(tenants: Tenants, as_us: AsyncConnection) -> None:
    foreign = tenants.theirs["customers"]["id"]
    with pytest.raises(DBAPIError, match="fk_orders_vendor_id_customer_id_customers"):
        await as_us.execute(update(Base.metadata.tables["orders"]).values(customer_id=foreign))


async def test_guest_of_one_vendor_cannot_become_another_vendors_account(
    tenants: Tenants, as_us: AsyncConnection
) -> None:
    foreign = tenants.theirs["customers"]["id"]
    with pytest.raises(DBAPIError, match="fk_customers_vendor_id_account_id_customers"):
        await as_us.execute(
            update(Base.metadata.tables["customers"]).values(password_hash=None, account_id=foreign)
        )
