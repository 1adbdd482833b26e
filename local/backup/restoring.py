"""Restoring a backup beside the present database, and changing places at the end."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db.migrate import MigrationBusyError, migrate
from db.roles import UnsafeRoleError, ensure_roles
from local.backup.backing_up import Say, count_rows
from local.backup.sidecar import Sidecar, digest, read_sidecar
from local.backup.target import Target
from local.errors import StackError

# How far ids are moved on, so that none of those given out since the backup is given out again.
IDS_AHEAD = 1_000_000

# Likewise the numbers of invoices, which have no gaps otherwise: better one than a number on two documents.
INVOICES_AHEAD = 1_000

_MAINTENANCE = "postgres"
_CONNECTED = text("""
    SELECT coalesce(nullif(application_name, ''), usename, 'unknown') AS who, count(*) AS number
    FROM pg_stat_activity WHERE datname = :database AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' GROUP BY 1 ORDER BY 1
""")
_EXISTS = text("SELECT 1 FROM pg_database WHERE datname = :database")
_AHEAD = text("""
    SELECT count(setval(quote_ident(schemaname) || '.' || quote_ident(sequencename),
                        coalesce(last_value, 0) + :ahead))
    FROM pg_sequences WHERE schemaname = 'public'
""")
_INVOICES_AHEAD = text("""
    INSERT INTO invoice_number_counters AS counter (vendor_id, kind, year, last_number)
    SELECT vendor_id, kind, extract(year FROM now()), :ahead
    FROM invoice_issuers, unnest(ARRAY['invoice', 'credit_note', 'debit_note']) AS kind
    ON CONFLICT (vendor_id, kind, year) DO UPDATE SET last_number = counter.last_number + excluded.last_number
""")


@dataclass(frozen=True)
class Restored:
    """`former` is the name that the database from before has now; `taken_at` is absent without a sidecar."""

    former: str | None
    taken_at: datetime | None
    rows: int
    sequences: int


async def restore(target: Target, file: Path, say: Say) -> Restored:
    """Put the backup in the database's place; raises StackError and then leaves the database as it was."""
    sidecar = await asyncio.to_thread(_check_file, file)
    if sidecar is None:
        say(f"{file.name}.json is missing: what is restored cannot be compared with what was backed up.")
    stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    fresh = target.renamed(f"{target.database}_restoring_{stamp}")
    former = f"{target.database}_before_{stamp}"
    try:
        async with _maintenance(target) as connection:
            await _refuse_company(connection, target.database)
            await connection.exec_driver_sql(
                f'CREATE DATABASE "{fresh.database}" TEMPLATE template0 OWNER "{_owner(target)}"'
            )
        try:
            rows, sequences = await _fill(fresh, file, sidecar, say)
            async with _connection(target.as_superuser(_MAINTENANCE)) as connection, connection.begin():
                await _refuse_company(connection, target.database)
                kept = await _change_places(connection, target.database, fresh.database, former)
        except BaseException:
            await asyncio.shield(_drop(target, fresh.database))
            raise
    except (OSError, DBAPIError, MigrationBusyError, UnsafeRoleError) as error:
        reason = getattr(error, "orig", None) or error
        raise StackError(f"The backup cannot be restored, nothing was changed: {reason}") from error
    return Restored(former if kept else None, sidecar.taken_at if sidecar else None, rows, sequences)


def _check_file(file: Path) -> Sidecar | None:
    """The sidecar of a file that is what was backed up, as far as the sidecar tells. Raises StackError."""
    if not file.is_file():
        raise StackError(f"There is no file {file}.")
    sidecar = read_sidecar(file)
    if sidecar and (file.stat().st_size, digest(file)) != (sidecar.size, sidecar.sha256):
        raise StackError(f"{file} is damaged: it is not what was backed up.")
    return sidecar


async def _refuse_company(connection: AsyncConnection, database: str) -> None:
    """Nobody may write what would be lost with the present database."""
    others = (await connection.execute(_CONNECTED, {"database": database})).all()
    if others:
        who = ", ".join(f"{row.who} ({row.number})" for row in others)
        raise StackError(f"{database} is in use by {who}: stop every API and worker first.")


async def _fill(fresh: Target, file: Path, sidecar: Sidecar | None, say: Say) -> tuple[int, int]:
    """Restore into the new database and bring it up to date; returns its rows and sequences."""
    async with _connection(fresh.owner_url) as connection, connection.begin():
        await ensure_roles(connection, make_url(fresh.app_url))
    say(f"Restoring into {fresh.database} …")
    jobs = min(4, os.cpu_count() or 1)
    arguments = ["--exit-on-error", f"--jobs={jobs}", f"--dbname={fresh.database}", str(file)]
    await fresh.run("pg_restore", arguments)
    async with _connection(fresh.as_superuser()) as connection:
        rows = await count_rows(connection)
    if sidecar is not None and rows != sidecar.rows:
        names = sorted(name for name in rows | sidecar.rows if rows.get(name) != sidecar.rows.get(name))
        raise StackError(f"Rows are missing in {', '.join(names)}; nothing was changed.")
    say(f"{sum(rows.values()):,} rows are back; bringing the schema up to date …")
    await migrate(fresh.owner_url, fresh.app_url)
    async with _connection(fresh.as_superuser()) as connection, connection.begin():
        moved = await connection.execute(_AHEAD, {"ahead": IDS_AHEAD})
        sequences = int(moved.scalar_one())
        await connection.execute(_INVOICES_AHEAD, {"ahead": INVOICES_AHEAD})
        await connection.exec_driver_sql("ANALYZE")
    return sum(rows.values()), sequences


async def _change_places(connection: AsyncConnection, database: str, fresh: str, former: str) -> bool:
    """Rename both, in the caller's transaction; returns whether there was a database before."""
    there = (await connection.execute(_EXISTS, {"database": database})).one_or_none() is not None
    if there:
        await connection.exec_driver_sql(f'ALTER DATABASE "{database}" RENAME TO "{former}"')
    await connection.exec_driver_sql(f'ALTER DATABASE "{fresh}" RENAME TO "{database}"')
    return there


async def _drop(target: Target, database: str) -> None:
    async with _maintenance(target) as connection:
        await connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _owner(target: Target) -> str:
    owner = make_url(target.owner_url).username
    if owner is None:
        raise StackError("The owner's database URL names no role.")
    return owner


@asynccontextmanager
async def _maintenance(target: Target) -> AsyncIterator[AsyncConnection]:
    async with _connection(target.as_superuser(_MAINTENANCE), isolation_level="AUTOCOMMIT") as connection:
        yield connection


@asynccontextmanager
async def _connection(url: str, **options: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url, connect_args={"timeout": 10.0}, **options)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()
