"""`python -m db.migrate`: roles, schema and tax rates, brought up to date."""

import argparse
import asyncio
import csv
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, make_url, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.roles import UnsafeRoleError, ensure_roles
from db.tables import TaxRateRow
from settings import Settings

_HERE = Path(__file__).parent
_VAT_RATES = _HERE / "data" / "eu_vat_standard_rates.csv"
LOCK_KEY = 0x6F72696F6E  # any number that no other program picks

log = logging.getLogger(__name__)


class MigrationBusyError(Exception):
    """Another migration holds the database for longer than anyone should wait."""


async def migrate(owner_url: str, app_url: str, revision: str = "head", *, patience: float = 120.0) -> None:
    """Bring roles, schema and tax rates up to date; safe to repeat and to run twice at once.

    Raises `MigrationBusyError` when another migration takes longer than `patience` seconds, `UnsafeRoleError`
    when the application would connect as a role that row-level security does not hold.
    """
    engine = owner_engine(owner_url)
    try:
        async with _only_one(engine, patience):
            async with engine.begin() as connection:
                await ensure_roles(connection, make_url(app_url))
            async with engine.connect() as connection:
                before, after = await connection.run_sync(upgrade, revision)
            async with engine.begin() as connection:
                added = await load_vat_rates(connection)
    finally:
        await engine.dispose()
    log.info("schema: %s", after if before == after else f"{before or 'empty'} -> {after}")
    log.info("tax rates: %d added", added)


def owner_engine(url: str) -> AsyncEngine:
    """An engine for the tables' owner that gives up on a lock rather than queue all traffic behind it."""
    settings = {"application_name": "orion-migrate", "lock_timeout": "5s"}
    return create_async_engine(url, connect_args={"timeout": 10.0, "server_settings": settings})


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; with a connection, commands run on it."""
    config = Config(attributes={"connection": connection} if connection is not None else {})
    config.set_main_option("script_location", str(_HERE / "migrations"))
    return config


def upgrade(connection: Connection, revision: str = "head") -> tuple[str | None, str | None]:
    """Upgrade the schema; returns the revision before and after."""
    before = _current_revision(connection)
    command.upgrade(alembic_config(connection), revision)
    return before, _current_revision(connection)


def _current_revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()  # Alembic commits only transactions that it began itself
    return revision


@asynccontextmanager
async def _only_one(engine: AsyncEngine, patience: float) -> AsyncIterator[None]:
    """Hold the migrations' advisory lock.

    Asks again rather than waits: a waiting statement keeps a snapshot, which would block the other
    migrator's `CREATE INDEX CONCURRENTLY` for ever.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        deadline = asyncio.get_running_loop().time() + patience
        while not (
            await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK_KEY})
        ).scalar_one():
            if asyncio.get_running_loop().time() > deadline:
                raise MigrationBusyError(f"Another migration has held the database for {patience:.0f} s")
            await asyncio.sleep(0.1)
        try:
            yield
        finally:
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})


async def load_vat_rates(connection: AsyncConnection) -> int:
    """Add the EU standard rates that are not there; a rate that somebody edited stays as it is."""
    with _VAT_RATES.open(encoding="utf-8", newline="") as file:
        rows = [
            {
                "country": row["country"],
                "rate": Decimal(row["standard_rate"]),
                "valid_from": date.fromisoformat(row["valid_from"]),
            }
            for row in csv.DictReader(file)
        ]
    statement = insert(TaxRateRow).values(rows).on_conflict_do_nothing().returning(TaxRateRow.id)
    return len((await connection.execute(statement)).all())


def main() -> None:
    """Migrate the database of the settings; exits with 1 and a sentence when that is impossible."""
    parser = argparse.ArgumentParser(prog="python -m db.migrate", description=__doc__)
    parser.add_argument("--revision", default="head", help="the revision to upgrade to (default: head)")
    revision = parser.parse_args().revision
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    log.setLevel(logging.INFO)
    settings = Settings()
    address = make_url(settings.database_owner_url).render_as_string(hide_password=True)
    try:
        asyncio.run(migrate(settings.database_owner_url, settings.database_url, revision))
    except (OSError, TimeoutError) as error:
        sys.exit(f"The database at {address} does not answer: {error}")
    except DBAPIError as error:
        sys.exit(f"The database at {address} refused: {error.orig}")
    except (MigrationBusyError, UnsafeRoleError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
