"""`python -m db.migrate`: repeatable, safe to run twice at once, plain when it cannot."""

import asyncio
import os
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text, update

from db.migrate import LOCK_KEY, MigrationBusyError, alembic_config, migrate, owner_engine
from db.session import Database
from db.tables import TaxRateRow
from tests.fixtures.postgres import PostgresCluster, PostgresUrls

EU_MEMBERS = 27
ROOT = Path(__file__).parents[2]


async def run_module(*, owner: str, app: str) -> tuple[int | None, str, str]:
    """Run the module as its own process; exit status, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "db.migrate",
        cwd=ROOT,
        env={**os.environ, "ORION_DATABASE_OWNER_URL": owner, "ORION_DATABASE_URL": app},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, output.decode(), errors.decode()


async def test_two_at_once_migrate_once(postgres: PostgresCluster) -> None:
    async with postgres.fresh_database("template1") as urls:
        await asyncio.gather(*(migrate(urls.owner, urls.app) for _ in range(2)))
        database = Database(urls.app)
        async with database.platform() as session:
            assert (await session.scalar(select(func.count()).select_from(TaxRateRow))) == EU_MEMBERS
        await database.close()


async def test_module_tells_what_it_did_and_repeats(postgres: PostgresCluster) -> None:
    async with postgres.fresh_database("template1") as urls:
        first = await run_module(owner=urls.owner, app=urls.app)
        again = await run_module(owner=urls.owner, app=urls.app)
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert first == (0, f"schema: empty -> {head}\ntax rates: {EU_MEMBERS} added\n", "")
    assert again == (0, f"schema: {head}\ntax rates: 0 added\n", "")


async def test_module_says_that_the_database_is_away(tmp_path: Path) -> None:
    away = f"postgresql+asyncpg://orion_owner:secret@/orion?host={tmp_path}"
    status, _, errors = await run_module(owner=away, app="postgresql+asyncpg://orion_app@/orion")
    assert status == 1
    assert "does not answer" in errors
    assert "secret" not in errors
    assert "Traceback" not in errors


async def test_module_says_that_the_database_refuses(postgres: PostgresCluster) -> None:
    missing = postgres.urls("no_such_database")
    status, _, errors = await run_module(owner=missing.owner, app=missing.app)
    assert status == 1
    assert 'database "no_such_database" does not exist' in errors
    assert "Traceback" not in errors


async def test_migrator_gives_up_when_another_holds_the_lock(
    postgres_urls: PostgresUrls,
) -> None:
    engine = owner_engine(postgres_urls.owner)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        with pytest.raises(MigrationBusyError):
            await migrate(postgres_urls.owner, postgres_urls.app, patience=0.2)
    await engine.dispose()


async def test_edited_tax_rate_survives(postgres_urls: PostgresUrls, database: Database) -> None:
    luxembourg = TaxRateRow.country == "LU"
    async with database.platform() as session:
        await session.execute(update(TaxRateRow).where(luxembourg).values(rate=Decimal("16.00")))
    await migrate(postgres_urls.owner, postgres_urls.app)
    async with database.platform() as session:
        assert (await session.scalars(select(TaxRateRow.rate).where(luxembourg))).all() == [Decimal("16.00")]


async def test_owner_gives_up_on_locks(postgres_urls: PostgresUrls) -> None:
    engine = owner_engine(postgres_urls.owner)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SHOW lock_timeout"))).scalar_one() == "5s"
    await engine.dispose()
