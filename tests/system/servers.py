"""A Temporal server and a PostgreSQL of one's own, which may be frozen, killed and started again."""

import asyncio
import signal
from dataclasses import dataclass, field
from pathlib import Path

from local import postgres_account, readiness, temporal
from local.credentials import Credentials
from local.home import Home
from local.part import NotReady
from local.postgres import APPLICATION, OWNER, EmbeddedPostgres
from local.readiness import Probe, TemporalProbe
from tests.fixtures.ports import free_port
from tests.system.programs import START, Program, run


async def ready(probe: Probe, within: float = START) -> None:
    """Wait until a server serves."""
    async with asyncio.timeout(within):
        while True:
            try:
                await probe(0)
            except NotReady:
                await asyncio.sleep(0.05)
            else:
                return


@dataclass
class TemporalServer:
    """A dev server that keeps everything in a file."""

    directory: Path
    port: int = field(default_factory=free_port)
    ui_port: int = field(default_factory=free_port)
    program: Program | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, or start it again with what it had kept."""
        command = temporal.command(
            port=self.port, ui_port=self.ui_port, database=self.directory / "temporal.sqlite3"
        )
        self.program = run(command, self.directory / "temporal.log")
        await ready(TemporalProbe(self.address, "default", "none").serves)

    def send(self, number: signal.Signals) -> None:
        assert self.program is not None
        self.program.send(number)

    async def kill(self) -> None:
        """Power off."""
        if self.program is not None:
            await self.program.kill()


@dataclass
class PostgresServer:
    """An embedded PostgreSQL with a migrated, empty database."""

    directory: Path
    program: Program | None = None

    def __post_init__(self) -> None:
        self.home = Home(self.directory)
        self.home.create()
        self.embedded = EmbeddedPostgres(self.home, Credentials.of(self.home))

    @property
    def owner_url(self) -> str:
        return self.embedded.url(OWNER)

    @property
    def app_url(self) -> str:
        return self.embedded.url(APPLICATION)

    async def start(self) -> None:
        """Start it, or start it again after recovery."""
        await self.embedded.prepare()
        who = self.embedded.account
        account = {"user": who.uid, "group": who.gid, "extra_groups": []} if who else {}
        self.program = run(
            self.embedded.command(),
            self.directory / "postgres.log",
            cwd="/",
            start_new_session=True,
            **account,
        )
        await ready(readiness.postgres(self.embedded.superuser_url))

    async def stop_immediately(self) -> None:
        """What `pg_ctl stop -m immediate` does: no goodbye to clients, recovery at the next start."""
        if self.program is not None:
            self.program.send(signal.SIGQUIT)
            await self.program.ended()

    def delete(self) -> None:
        """Delete data that lies outside the home."""
        postgres_account.delete_outside(self.home)
