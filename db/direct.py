"""Direct transactions: statements on the driver itself, where somebody waits for each millisecond of them.

A statement through SQLAlchemy's session takes three times the processor time of the same statement on
asyncpg. Everything else stays as it is: SQL with named, typed parameters, connections from the one pool,
and a vendor whom the transaction belongs to.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import asyncpg  # type: ignore[import-untyped] # asyncpg ships no types
from sqlalchemy import ClauseElement, Executable, Label, PoolProxiedConnection, inspect
from sqlalchemy.dialects.postgresql import asyncpg as postgresql
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.outages import CONNECTION_LOST

Mapped = TypeVar("Mapped")

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call] # as SQLAlchemy has it
# What it makes of the driver's errors; the pool raises that bare.
_DRIVER_ERROR: type[Exception] = postgresql.AsyncAdapt_asyncpg_dbapi.Error
_ENTER = "SELECT set_config('app.vendor_id', '{:d}', true)"
_BEGIN = f"BEGIN; {_ENTER}"
_BEGIN_READING = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_ENTER}"
# https://www.postgresql.org/docs/current/wal-async-commit.html
_BEGIN_UNFLUSHED = f"BEGIN; SET LOCAL synchronous_commit = off; {_ENTER}"


class Row(asyncpg.Record):  # type: ignore[misc] # untyped
    """A row whose columns are attributes; none may be called `get`, `items`, `keys` or `values`."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- as its columns are
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class BrokenTransaction(Exception):  # noqa: N818 -- says what is the matter
    """A transaction could not be committed, because an error in it was passed over."""


@dataclass(frozen=True)
class _Prepared:
    """A statement as the driver takes it: parameters by number, each with what makes a value of its type.

    `constants` are the values that are written in the statement itself.
    """

    sql: str
    parameters: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    constants: Mapping[str, Any]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        given = {**self.constants, **values} if self.constants else values
        return [given[name] if process is None else process(given[name]) for name, process in self.parameters]


@lru_cache(maxsize=1024)  # statements are constants of their modules, or kept for what has the same shape
def _prepared(statement: Executable) -> _Prepared:
    compiled: Any = cast("ClauseElement", statement).compile(dialect=_DIALECT)
    return _Prepared(
        compiled.string,
        tuple(
            (name, compiled.binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT))
            for name in compiled.positiontup
        ),
        {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required},
    )


class Direct:
    """A transaction of one vendor on the driver. Parameters are given by name, all that a statement has."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 -- untyped
        self._connection = connection

    async def find(self, statement: Executable, values: Mapping[str, Any]) -> Any | None:  # noqa: ANN401 -- a Row
        """The first row, or None without one."""
        prepared = _prepared(statement)
        return await self._connection.fetchrow(prepared.sql, *prepared.arguments(values), record_class=Row)

    async def one(self, statement: Executable, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- a Row
        """The first row. Raises LookupError without one."""
        row = await self.find(statement, values)
        if row is None:
            raise LookupError("The statement found no row.")
        return row

    async def all(self, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
        """All rows."""
        prepared = _prepared(statement)
        rows: Sequence[Any] = await self._connection.fetch(
            prepared.sql, *prepared.arguments(values), record_class=Row
        )
        return rows


async def first(via: Direct | AsyncSession, statement: Executable, values: Mapping[str, Any]) -> Any | None:  # noqa: ANN401
    """The first row, or None without one, for a statement that is needed on both ways."""
    if isinstance(via, Direct):
        return await via.find(statement, values)
    return (await via.execute(statement, values)).one_or_none()


async def rows(via: Direct | AsyncSession, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
    """All rows, whose columns are read as `row["name"]`, for a statement that is needed on both ways."""
    if isinstance(via, Direct):
        return await via.all(statement, values)
    return (await via.execute(statement, values)).mappings().all()


@asynccontextmanager
async def direct_transaction(
    engine: AsyncEngine, vendor_id: int, *, reading: bool = False, flushed: bool = True
) -> AsyncIterator[Direct]:
    """A transaction that sees one vendor's rows; commits on leaving, else rolls back.

    Beginning it and naming the vendor are one round trip. `reading` is as in `Database.reading`, `flushed` as
    in `Database.direct`.
    """
    begin = _BEGIN_READING if reading else _beginning(flushed=flushed)
    async with _driver(engine) as connection:
        try:
            await connection.execute(begin.format(vendor_id))
            yield Direct(connection)
            await _commit(connection)
        except Exception:
            await _roll_back(connection)
            raise


def _beginning(*, flushed: bool) -> str:
    return _BEGIN if flushed else _BEGIN_UNFLUSHED


async def direct_command(engine: AsyncEngine, vendor_id: int, command: str, *, flushed: bool = True) -> None:
    """A vendor's transaction of one statement that has its values in it: begun, done and committed in one
    round trip, all of it or nothing.
    """
    begin = _beginning(flushed=flushed).format(vendor_id)
    async with _driver(engine) as connection:
        try:
            await connection.execute(f"{begin}; {command}; COMMIT")
        except Exception:
            await _roll_back(connection)
            raise


async def _roll_back(connection: Any) -> None:  # noqa: ANN401 -- untyped
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


async def _commit(connection: Any) -> None:  # noqa: ANN401 -- untyped
    """PostgreSQL answers a COMMIT after an error with ROLLBACK, as if that were all right."""
    ended = await connection.execute("COMMIT")
    if ended != "COMMIT":
        raise BrokenTransaction(f"The transaction ended with {ended}.")


@asynccontextmanager
async def direct_question(engine: AsyncEngine) -> AsyncIterator[Direct]:
    """The driver without a transaction, and so of no vendor, as in `Database.asking`."""
    async with _driver(engine) as connection:
        yield Direct(connection)


@asynccontextmanager
async def _driver(engine: AsyncEngine) -> AsyncIterator[Any]:
    """A connection of the pool that is alive as far as is known here."""
    pooled = await _from_pool(engine)
    while (connection := _alive(pooled)) is None:
        pooled.invalidate()
        pooled = await _from_pool(engine)
    try:
        yield connection
    except BaseException as error:
        # Whoever is cancelled cannot wait for an answer, and one that is under way is not for the next user.
        if (
            not isinstance(error, Exception)
            or isinstance(error, CONNECTION_LOST)
            or connection.is_closed()
            or connection.is_in_transaction()
        ):
            pooled.invalidate()
        raise
    finally:
        pooled.close()


async def _from_pool(engine: AsyncEngine) -> PoolProxiedConnection:
    """A connection, a new one if need be; what the driver says of that is raised as the driver said it."""
    try:
        return await engine.raw_connection()
    except _DRIVER_ERROR as error:
        raise error.__cause__ or error from None


def _alive(pooled: PoolProxiedConnection) -> Any | None:  # noqa: ANN401 -- untyped
    """The driver's connection, unless PostgreSQL closed it while it was in the pool."""
    connection: Any = pooled.driver_connection
    return None if connection is None or connection.is_closed() else connection


class Entity(Generic[Mapped]):
    """How rows of a table become objects that no session knows, which are only read.

    They are filled as the mapper fills what it loads: through the constructor, which notes every value as
    one to be written, it takes ten times as long.
    """

    def __init__(self, mapped: type[Mapped], *, label: str = "") -> None:
        mapper = inspect(mapped)
        self._mapped = mapped
        self._empty = cast("Callable[[], Mapped]", mapper.class_manager.new_instance)
        self._names = [
            (attribute.key, f"{label}{attribute.key}")
            for attribute in mapper.column_attrs
            if not attribute.deferred
        ]

    @property
    def columns(self) -> list[Label[Any]]:
        """What a statement has to select."""
        return [getattr(self._mapped, key).label(name) for key, name in self._names]

    def read(self, row: Any) -> Mapped:  # noqa: ANN401 -- a Row, or a session's mapping
        """The object in a row that has these columns."""
        found = self._empty()
        found.__dict__.update({key: row[name] for key, name in self._names})
        return found
