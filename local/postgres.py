"""The embedded PostgreSQL: where it is, how it is made and how it is run."""

import asyncio
import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil
from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from local import postgres_account
from local.credentials import Credentials
from local.home import Home
from local.part import Account, PartError

OWNER = "orion_owner"
APPLICATION = "orion_app"
DATABASE = "orion"
_SUPERUSER = "postgres"
_VERSION = "18"
_LONGEST_SOCKET = 100  # bytes; the systems' limits are 103 (macOS) and 107 (Linux)

_SETTINGS = {
    "listen_addresses": "",  # the Unix socket only, so that stacks never clash
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One cluster with its data in the home, reached through a Unix socket with a password."""

    home: Home
    credentials: Credentials

    @cached_property
    def account(self) -> Account | None:
        """Whom it runs as; None for ourselves."""
        return postgres_account.account()

    @cached_property
    def directory(self) -> Path:
        """The directory that holds the data and, if its path is not too long, the socket."""
        return postgres_account.data_directory(self.home, self.account)

    @cached_property
    def programs(self) -> Path:
        """The directory of `postgres`, `initdb` and `psql`."""
        return postgres_account.binaries(self.account)

    @cached_property
    def socket_directory(self) -> Path:
        """Where the socket is."""
        if len(os.fsencode(self.directory / ".s.PGSQL.5432")) <= _LONGEST_SOCKET:
            return self.directory
        key = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
        return _private_directory(Path(tempfile.gettempdir()) / f"orion-{key}", self.account)

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.directory / "data"

    def url(self, role: str, database: str = DATABASE) -> str:
        """The SQLAlchemy URL of a role, password included."""
        passwords = {
            _SUPERUSER: self.credentials.database_password,
            OWNER: self.credentials.database_owner_password,
            APPLICATION: self.credentials.database_app_password,
        }
        return URL.create(
            "postgresql+asyncpg",
            username=role,
            password=passwords[role],
            database=database,
            query={"host": str(self.socket_directory)},
        ).render_as_string(hide_password=False)

    @property
    def superuser_url(self) -> str:
        """The URL of the cluster's superuser."""
        return self.url(_SUPERUSER, "postgres")

    def command(self) -> list[str]:
        """The server's command line; it stays in the foreground."""
        settings = _SETTINGS | {"unix_socket_directories": str(self.socket_directory)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), *options]

    async def prepare(self) -> None:
        """Make the cluster if there is none; raises PartError."""
        await asyncio.to_thread(self._prepare)

    def _prepare(self) -> None:
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._make_cluster()
        elif (found := version.read_text().strip()) != _VERSION:
            raise PartError(
                f"{self.data} was written by PostgreSQL {found}, this is {_VERSION}:"
                " `orion up --reset` starts with empty data"
            )
        _remove_stale_pid_file(self.data)

    def _make_cluster(self) -> None:
        """Make the cluster aside and move it into place, so that there is never half a one."""
        unfinished = self.directory / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.directory / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.credentials.database_password)
        who = self.account
        if who is not None:
            os.chown(password_file, who.uid, who.gid)
        command = [
            *(str(self.programs / "initdb"), "--pgdata", str(unfinished), "--username", _SUPERUSER),
            *("--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--no-locale", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        ]
        try:
            done = subprocess.run(
                command,
                cwd="/",
                check=False,
                capture_output=True,
                text=True,
                user=who.uid if who else None,
                group=who.gid if who else None,
                extra_groups=[] if who else None,
            )
        finally:
            password_file.unlink()
        if done.returncode != 0:
            raise PartError(f"PostgreSQL's data cannot be made in {self.directory}: {done.stderr.strip()}")
        unfinished.rename(self.data)

    async def finish(self) -> None:
        """Make the owner's role and the database, with the passwords of this home; raises PartError."""
        engine = create_async_engine(self.superuser_url, isolation_level="AUTOCOMMIT")
        password = self.credentials.database_owner_password  # hexadecimal, so nothing needs quoting
        try:
            async with engine.connect() as connection:
                roles = await connection.execute(
                    text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": OWNER}
                )
                if roles.one_or_none() is None:
                    await connection.execute(text(f"CREATE ROLE {OWNER} LOGIN CREATEROLE"))
                await connection.execute(text(f"ALTER ROLE {OWNER} PASSWORD '{password}'"))
                databases = await connection.execute(
                    text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE}
                )
                if databases.one_or_none() is None:
                    await connection.execute(text(f"CREATE DATABASE {DATABASE} OWNER {OWNER}"))
        except (OSError, SQLAlchemyError) as error:
            raise PartError(f"PostgreSQL's database cannot be made: {error}") from error
        finally:
            await engine.dispose()


def _private_directory(directory: Path, account: Account | None) -> Path:
    """A directory of ours in a place where everybody may make some; raises PartError for somebody else's."""
    owner = os.geteuid() if account is None else account.uid
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        if account is not None:
            os.chown(directory, account.uid, account.gid)
    if directory.is_symlink() or directory.stat().st_uid != owner:
        raise PartError(f"{directory} belongs to somebody else: set ORION_HOME to a shorter path")
    return directory


def _remove_stale_pid_file(data: Path) -> None:
    """Remove the lock of a server that was killed when its number now belongs to another program.

    PostgreSQL only asks whether a process with the number exists.
    """
    file = data / "postmaster.pid"
    if not file.exists():
        return
    pid = int(file.read_text().split()[0])
    try:
        is_ours = "postgres" in psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        return
    if not is_ours:
        file.unlink()
