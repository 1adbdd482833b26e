"""Taking a backup: a consistent dump, counted, checked, and put in place as a whole or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from local.backup.sidecar import Sidecar, digest, sidecar_of
from local.backup.target import Target
from local.errors import StackError

Say = Callable[[str], None]

_SEES_ALL = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
_FACTS = text("""
    SELECT now() AS taken_at, pg_export_snapshot() AS snapshot, current_setting('server_version') AS version,
           (SELECT version_num FROM alembic_version) AS revision
""")
_TOLD_EVERY = 5.0  # seconds


def default_name(now: datetime) -> str:
    """What a backup is called that was given no name."""
    return f"orion-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.dump"


async def back_up(target: Target, file: Path, say: Say) -> Sidecar:
    """Write the database to a new file with its sidecar; raises StackError and then leaves neither."""
    for taken in (file, sidecar_of(file)):
        if taken.exists():
            raise StackError(f"{taken} exists already; a backup overwrites nothing.")
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        # It has people's addresses: readable by its owner only, from the first byte on.
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise StackError(f"{unfinished} is left of a backup that runs or was killed; delete it.") from None
    except OSError as error:
        raise StackError(f"{file} cannot be written: {error.strerror}.") from None
    try:
        sidecar = await _dump(target, unfinished, say)
        _put_in_place(unfinished, file, sidecar)
    except (OSError, DBAPIError) as error:
        raise StackError(f"The backup failed: {getattr(error, 'orig', None) or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return sidecar


async def _dump(target: Target, unfinished: Path, say: Say) -> Sidecar:
    async with _connection(target.as_superuser()) as connection:
        if not (await connection.execute(_SEES_ALL)).scalar_one():
            raise StackError(
                "The role that backs up must be a superuser or have BYPASSRLS: others see no rows."
            )
        facts = (await connection.execute(_FACTS)).one()
        rows = await count_rows(connection)
        say(f"Backing up {target.database}: {sum(rows.values()):,} rows in {len(rows)} tables …")
        arguments = ["--format=custom", f"--snapshot={facts.snapshot}", f"--file={unfinished}"]
        dumping = asyncio.create_task(target.run("pg_dump", [*arguments, "--lock-wait-timeout=60s"]))
        try:
            while not (await asyncio.wait({dumping}, timeout=_TOLD_EVERY))[0]:
                say(f"  {_size(unfinished) / 1e6:,.1f} MB")
        finally:
            if not dumping.done():
                dumping.cancel()
                await asyncio.wait({dumping})
        dumping.result()
    await _check(target, unfinished, set(rows))
    return Sidecar(
        taken_at=facts.taken_at.astimezone(UTC),
        database=target.database,
        revision=facts.revision,
        server_version=facts.version,
        rows=rows,
        size=_size(unfinished),
        sha256=await asyncio.to_thread(digest, unfinished),
    )


async def count_rows(connection: AsyncConnection) -> dict[str, int]:
    """How many rows each table has, as of the connection's snapshot."""
    names = [row.tablename for row in await connection.execute(_TABLES)]
    counts = {}
    for name in names:
        counted = await connection.execute(select(func.count()).select_from(table(name, schema="public")))
        counts[name] = int(counted.scalar_one())
    return counts


def _size(file: Path) -> int:
    return file.stat().st_size


async def _check(target: Target, file: Path, tables: set[str]) -> None:
    """Read the archive's list of contents and miss no table."""
    listed = await target.run("pg_restore", ["--list", str(file)])
    lines = [line.split() for line in listed.splitlines() if " TABLE DATA public " in line]
    missing = tables - {line[line.index("DATA") + 2] for line in lines}
    if missing:
        raise StackError(f"The backup lacks {', '.join(sorted(missing))}.")


def _put_in_place(unfinished: Path, file: Path, sidecar: Sidecar) -> None:
    """Sidecar first: a backup that is there is whole."""
    _sync(unfinished)
    beside = sidecar_of(file)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(sidecar.to_json())
    try:
        _sync(beside)
        os.link(unfinished, file)  # unlike a renaming it never overwrites
    except OSError:
        beside.unlink()
        raise
    _sync(file.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[AsyncConnection]:
    """One transaction that sees one moment."""
    engine = create_async_engine(url, isolation_level="REPEATABLE READ", connect_args={"timeout": 10.0})
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()
