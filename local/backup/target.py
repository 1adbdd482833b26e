"""Which database is backed up or restored, and the programs of PostgreSQL that do it."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url

from local.credentials import Credentials
from local.errors import StackError
from local.home import Home
from local.postgres import APPLICATION, OWNER, EmbeddedPostgres
from settings import Settings


@dataclass(frozen=True)
class Target:
    """A database as a role that row-level security does not hold, as its owner, and as the application.

    `programs` is where `pg_dump` and `pg_restore` are; None for the ones on the PATH.
    """

    superuser_url: str
    owner_url: str
    app_url: str
    programs: Path | None = None

    @property
    def database(self) -> str:
        """The database's name."""
        return make_url(self.app_url).database or ""

    def as_superuser(self, database: str | None = None) -> str:
        """The URL of a database of the same server, as the role that sees everything."""
        return _of(self.superuser_url, database or self.database)

    def renamed(self, database: str) -> "Target":
        """The same for another database of the server."""
        return Target(
            _of(self.superuser_url, database),
            _of(self.owner_url, database),
            _of(self.app_url, database),
            self.programs,
        )

    async def run(self, program: str, arguments: Sequence[str], database: str | None = None) -> str:
        """Run one of PostgreSQL's programs; returns what it printed, raises StackError."""
        path = str(self.programs / program) if self.programs else shutil.which(program)
        if path is None:
            raise StackError(f"{program} is not on the PATH; PostgreSQL's client programs have it.")
        process = await asyncio.create_subprocess_exec(
            path,
            *arguments,
            env=_environment(make_url(self.as_superuser(database))),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            output, errors = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            said = errors.decode(errors="replace").strip() or f"exit code {process.returncode}"
            raise StackError(f"{program} failed: {said}")
        return output.decode(errors="replace")


def embedded(home: Home) -> Target:
    """The database of this home's stack."""
    cluster = EmbeddedPostgres(home, Credentials.of(home))
    return Target(
        cluster.superuser_url, cluster.url(OWNER), cluster.url(APPLICATION), programs=cluster.programs
    )


def deployment(settings: Settings, superuser_url: str | None) -> Target | None:
    """The settings' database, None when they name none.

    Raises StackError without the role that sees all rows.
    """
    if "database_url" not in settings.model_fields_set:
        return None
    if superuser_url is None:
        raise StackError(
            "ORION_BACKUP_URL has to name a role that row-level security does not hold"
            " (a superuser, or one with BYPASSRLS), as in postgresql+asyncpg://postgres:…@host:5432/orion."
        )
    return Target(superuser_url, settings.database_owner_url, settings.database_url)


def _of(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _environment(url: URL) -> dict[str, str]:
    """What tells libpq whom to connect to: passwords do not belong on a command line."""
    host = url.query.get("host") or url.host
    given = {
        "PGHOST": host if isinstance(host, str) else None,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": str(url.password) if url.password else None,
        "PGDATABASE": url.database,
        "PGSSLMODE": mode if isinstance(mode := url.query.get("ssl"), str) else None,
        "PGAPPNAME": "orion-backup",
        "LC_ALL": "C",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {name: value for name, value in given.items() if value is not None}
