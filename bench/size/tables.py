"""Two databases in one cluster, each with its API: the big one, and the small one it is compared with."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.size.filling import Filling, Plan, Tell, dangling
from local.part import Part, PartError
from local.ports import choose_ports
from local.postgres import APPLICATION, DATABASE, OWNER
from local.readiness import http
from local.stack import Stack

SMALL = "small"
_SUPERUSER = "postgres"
_DONE = "filled.json"
# Nothing happens to the orders but that they are read.
LEFT_OUT = frozenset({"seed", "worker", "stripe", "mail"})


@dataclass(frozen=True)
class Table:
    """A filled database: its name, its size, and where its API answers."""

    name: str
    plan: Plan
    url: str
    superuser_url: str
    api: str
    api_url: str


class Tables:
    """The two databases of a run; those of a directory that is kept are filled once."""

    def __init__(self, orders: int, small: int, directory: Path | None) -> None:
        self._plans = {DATABASE: Plan(orders), SMALL: Plan(small, vendors=1)}
        self._directory = directory
        self._stack: Stack
        self._small: Stack

    def parts(self, stack: Stack) -> list[Part]:
        """The parts of the small one: its schema, and an API on a port of its own."""
        self._stack, self._small = stack, Stack(stack.home, choose_ports(), stack.credentials)
        addresses = {
            "ORION_DATABASE_URL": stack.postgres.url(APPLICATION, SMALL),
            "ORION_TEMPORAL_ADDRESS": stack.temporal_address,
        }
        parts = {part.name: part for part in self._small.parts()}
        migrate, api = parts["migrate"], parts["api"]
        owner = {"ORION_DATABASE_OWNER_URL": stack.postgres.url(OWNER, SMALL)}
        return [
            replace(
                migrate,
                name="migrate small",
                title="Small database",
                environment={**migrate.environment, **addresses, **owner},
                after=("migrate",),
                prepare=self._make_database,
            ),
            replace(
                api,
                name="api small",
                title="Its API",
                environment={**api.environment, **addresses},
                after=("migrate small", "temporal"),
                ready=http(f"{self._small.api_url}/readyz"),
            ),
        ]

    async def filled(self, tell: Callable[[str], Tell]) -> list[Table]:
        """Both, the big one first. Raises PartError for a directory that was filled otherwise."""
        tables = [
            self._table(DATABASE, "api", self._stack.api_url),
            self._table(SMALL, "api small", self._small.api_url),
        ]
        wanted = {name: asdict(plan) for name, plan in self._plans.items()}
        note = None if self._directory is None else self._directory / _DONE
        if note is not None and note.exists():
            if json.loads(note.read_text()) != wanted:
                raise PartError(f"{self._directory} was filled with other numbers: {note.read_text()}")
            return tables
        await self._settings("SET max_wal_size = '8GB'", "SET autovacuum = off")
        for table in tables:
            filling = Filling(table.superuser_url, table.plan, tell(f"{table.plan.orders:,} orders"))
            await filling.fill()
            if broken := await dangling(table.superuser_url):
                raise PartError(f"Rows refer to nothing: {', '.join(broken)}")
        await self._settings("RESET max_wal_size", "RESET autovacuum")
        if note is not None:
            note.write_text(json.dumps(wanted))
        return tables

    def _table(self, name: str, api: str, api_url: str) -> Table:
        postgres = self._stack.postgres
        return Table(
            name,
            self._plans[name],
            postgres.url(APPLICATION, name),
            postgres.url(_SUPERUSER, name),
            api,
            api_url,
        )

    async def _make_database(self) -> None:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        engine = create_async_engine(self._stack.postgres.superuser_url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            if (await connection.execute(known, {"name": SMALL})).one_or_none() is None:
                await connection.execute(text(f"CREATE DATABASE {SMALL} OWNER {OWNER}"))
        await engine.dispose()

    async def _settings(self, *changes: str) -> None:
        engine = create_async_engine(self._stack.postgres.superuser_url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for change in changes:
                await connection.execute(text(f"ALTER SYSTEM {change}"))
            await connection.execute(text("SELECT pg_reload_conf()"))
            await connection.execute(text("CHECKPOINT"))
        await engine.dispose()
