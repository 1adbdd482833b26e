"""The revisions: up, down, up again, and in step with the models."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Row, text

from db.migrate import alembic_config, migrate, owner_engine, upgrade
from db.tables import Base
from tests.fixtures.postgres import PostgresCluster, PostgresUrls

# Alembic's own comparison leaves CHECK constraints and names out.
SCHEMA = {
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = to_regnamespace('public') AND conrelid::regclass::text <> 'alembic_version'""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
    "columns": """
        SELECT table_name, column_name, udt_name, numeric_precision, numeric_scale, is_nullable,
            column_default, identity_generation
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'""",
}

EVERYTHING = """
    SELECT relname::text FROM pg_class WHERE relnamespace = to_regnamespace('public')
    UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = to_regnamespace('public')
    UNION ALL SELECT typname::text FROM pg_type WHERE typnamespace = to_regnamespace('public')"""
VENDORS = """
    INSERT INTO vendors (vendor_code, name, contact_email, country, order_number_prefix)
    SELECT code, 'A', 'a@a.example', code, code FROM unnest('{LU,PT,US}'::text[]) AS code"""


def downgrade(connection: Connection) -> None:
    command.downgrade(alembic_config(connection), "base")


def check(connection: Connection) -> None:
    command.check(alembic_config(connection))


def describe(connection: Connection) -> dict[str, set[Row[tuple[object, ...]]]]:
    return {name: set(connection.execute(text(query)).all()) for name, query in SCHEMA.items()}


def everything(connection: Connection) -> set[str]:
    return set(connection.scalars(text(EVERYTHING)).all())


def test_revisions_have_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


async def test_up_down_up(postgres: PostgresCluster) -> None:
    async with postgres.fresh_database("template1") as urls:
        engine = owner_engine(urls.owner)
        async with engine.connect() as connection:
            before = await connection.run_sync(everything)
        await migrate(urls.owner, urls.app)
        async with engine.connect() as connection:
            first = await connection.run_sync(describe)
        async with engine.connect() as connection:
            await connection.run_sync(downgrade)
        async with engine.connect() as connection:
            left = await connection.run_sync(everything)
        async with engine.connect() as connection:
            await connection.run_sync(upgrade)
        async with engine.connect() as connection:
            assert await connection.run_sync(describe) == first
        await engine.dispose()
    assert {name for name in left - before if "alembic_version" not in name} == set()


async def test_models_and_revisions_are_in_step(postgres_urls: PostgresUrls) -> None:
    engine = owner_engine(postgres_urls.owner)
    async with engine.connect() as connection:
        await connection.run_sync(check)
    await engine.dispose()


async def test_revisions_make_exactly_what_the_models_say(
    postgres: PostgresCluster, postgres_urls: PostgresUrls
) -> None:
    migrated = owner_engine(postgres_urls.owner)
    async with migrated.connect() as connection:
        found = await connection.run_sync(describe)
    await migrated.dispose()
    async with postgres.fresh_database("template1") as urls:
        modelled = owner_engine(urls.owner)
        async with modelled.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            expected = await connection.run_sync(describe)
        await modelled.dispose()
    for part, rows in expected.items():
        assert found[part] == rows


async def test_shops_get_the_time_zone_of_their_country(postgres: PostgresCluster) -> None:
    before = ScriptDirectory.from_config(alembic_config()).get_revision("0017").down_revision
    assert isinstance(before, str)
    async with postgres.fresh_database("template1") as urls:
        await migrate(urls.owner, urls.app, before)
        engine = owner_engine(urls.owner)
        async with engine.begin() as connection:
            await connection.execute(text("SET LOCAL ROLE orion_platform"))
            await connection.execute(text(VENDORS))
        await migrate(urls.owner, urls.app)
        async with engine.connect() as connection:
            await connection.execute(text("SET LOCAL ROLE orion_platform"))
            found = await connection.execute(text("SELECT country, time_zone FROM vendors ORDER BY country"))
            zones = [tuple(row) for row in found]
        await engine.dispose()
    assert zones == [("LU", "Europe/Luxembourg"), ("PT", "Europe/Lisbon"), ("US", "UTC")]
