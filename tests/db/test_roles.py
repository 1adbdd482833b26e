"""What the application's role may do, and the roles that are refused to be it."""

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from db.migrate import owner_engine
from db.roles import UnsafeRoleError, ensure_roles
from db.session import Database
from db.tables import Base
from tests.fixtures.postgres import APPLICATION, OWNER, PostgresCluster, PostgresUrls

WRITES = ("INSERT", "UPDATE", "DELETE")


async def privileges(database: Database, table: str) -> set[str]:
    """What the application may do with a table without entering the platform's role."""
    statement = text(
        "SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',"
        " 'TRIGGER', 'MAINTAIN']) AS privilege WHERE has_table_privilege(:role, :table, privilege)"
    )
    async with database.engine.connect() as connection:
        found = await connection.scalars(statement, {"role": APPLICATION, "table": table})
        return set(found.all())


async def test_application_owns_nothing_and_has_no_special_attribute(database: Database) -> None:
    attributes = text(
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
        " FROM pg_roles WHERE rolname = ANY (:roles)"
    )
    owned = text("SELECT count(*) FROM pg_shdepend WHERE refobjid = to_regrole(:role)::oid AND deptype = 'o'")
    async with database.engine.connect() as connection:
        roles = [APPLICATION, "orion_application", "orion_platform"]
        assert (await connection.scalars(attributes, {"roles": roles})).all() == [False] * 3
        assert (await connection.execute(owned, {"role": APPLICATION})).scalar_one() == 0


async def test_application_enters_the_platform_only_on_purpose(database: Database) -> None:
    statement = text(
        "SELECT pg_has_role(:role, 'orion_application', 'USAGE'),"
        " pg_has_role(:role, 'orion_platform', 'USAGE'), pg_has_role(:role, 'orion_platform', 'SET')"
    )
    async with database.engine.connect() as connection:
        assert (await connection.execute(statement, {"role": APPLICATION})).one() == (True, False, True)


@pytest.mark.parametrize(
    "table", ["order_events", "inventory_movements", "order_items", "order_notes", "invoices"]
)
async def test_history_is_append_only(database: Database, table: str) -> None:
    assert await privileges(database, table) == {"SELECT", "INSERT"}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("admins", set()),
        ("sign_in_attempts", set()),
        ("stripe_events", set()),
        ("tax_rates", {"SELECT"}),
    ],
)
async def test_platform_tables_are_not_the_applications(
    database: Database, table: str, expected: set[str]
) -> None:
    assert await privileges(database, table) == expected


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
async def test_application_cannot_go_around_row_level_security(database: Database, table: str) -> None:
    """TRUNCATE and foreign keys do not ask policies (PostgreSQL, "Row Security Policies")."""
    assert await privileges(database, table) <= {"SELECT", *WRITES}


async def test_application_cannot_create_tables(database: Database) -> None:
    async with database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied for schema public"):
            await connection.execute(text("CREATE TABLE mine (id int)"))


async def test_superuser_is_refused_as_application(
    postgres: PostgresCluster, postgres_urls: PostgresUrls
) -> None:
    engine = owner_engine(postgres_urls.owner)
    async with engine.connect() as connection:
        with pytest.raises(UnsafeRoleError, match="postgres is a superuser"):
            await ensure_roles(connection, make_url(postgres.url("postgres", "any")))
    await engine.dispose()


async def test_owner_is_refused_as_application(
    postgres: PostgresCluster, postgres_urls: PostgresUrls
) -> None:
    engine = owner_engine(postgres_urls.owner)
    async with engine.connect() as connection:
        with pytest.raises(UnsafeRoleError, match=f"must not connect as {OWNER}"):
            await ensure_roles(connection, make_url(postgres_urls.owner))
    await engine.dispose()


async def test_password_is_quoted(postgres_urls: PostgresUrls) -> None:
    """The role is made in a transaction that is rolled back, for roles belong to the whole cluster."""
    engine = owner_engine(postgres_urls.owner)
    url = make_url(postgres_urls.app).set(username='odd "role"', password="it's; DROP ROLE x --")
    async with engine.connect() as connection:
        await ensure_roles(connection, url)
        found = await connection.execute(
            text("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'odd \"role\"'")
        )
        assert found.scalar_one() is True
        await connection.rollback()
    await engine.dispose()
