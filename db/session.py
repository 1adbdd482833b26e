"""Transactions: one engine, and every session bound to one vendor or, explicitly, to the platform."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from db.direct import Direct, direct_command, direct_question, direct_transaction

PLATFORM_ROLE = "orion_platform"

_ENTER_VENDOR = text("SELECT set_config('app.vendor_id', :vendor_id, true)")
_ENTER_PLATFORM = text(f"SET LOCAL ROLE {PLATFORM_ROLE}")


class Database:
    """The application's way into PostgreSQL, as a role that owns nothing.

    Row-level security shows a session only its vendor's rows, so a query that forgets its vendor finds
    nothing. Times out rather than waits: `timeout` seconds bound a statement and making a connection,
    `pool_wait` seconds (as long, unless given) the wait for one that others use.
    """

    def __init__(
        self, url: str, *, pool_size: int = 20, timeout: float = 10.0, pool_wait: float | None = None
    ) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=timeout if pool_wait is None else pool_wait,
            pool_pre_ping=False,
            pool_recycle=1800,
            hide_parameters=True,  # they are people's names and addresses, and errors get into logs
            connect_args={
                "timeout": timeout,
                "command_timeout": timeout,
                "server_settings": {
                    "application_name": "orion",
                    "statement_timeout": str(int(timeout * 1000)),
                    "lock_timeout": str(int(timeout * 500)),
                    "idle_in_transaction_session_timeout": str(int(timeout * 3000)),
                    "jit": "off",
                },
            },
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._readings = async_sessionmaker(reading, expire_on_commit=False)

    @asynccontextmanager
    async def vendor(self, vendor_id: int) -> AsyncIterator[AsyncSession]:
        """A transaction that sees and writes one vendor's rows; commits on leaving, else rolls back."""
        async with self._sessions.begin() as session:
            await session.execute(_ENTER_VENDOR, {"vendor_id": str(vendor_id)})
            yield session

    @asynccontextmanager
    async def reading(self, vendor_id: int) -> AsyncIterator[AsyncSession]:
        """A read-only transaction on one vendor's rows, all as they were at one moment.

        An answer of several statements then never shows half of a change.
        """
        async with self._readings.begin() as session:
            await session.execute(_ENTER_VENDOR, {"vendor_id": str(vendor_id)})
            yield session

    def direct(
        self, vendor_id: int, *, reading: bool = False, flushed: bool = True
    ) -> AbstractAsyncContextManager[Direct]:
        """As `vendor` or, for `reading`, that, on the driver itself: a third of the processor time.

        Not `flushed`, its commit does not wait for the disk: it outlives whoever made it, but PostgreSQL may
        lose it, and all of it, when it dies within the next second. The next flushed commit makes it last.
        """
        return direct_transaction(self.engine, vendor_id, reading=reading, flushed=flushed)

    async def do_at_once(
        self, vendor_id: int, statement: str, *, flushed: bool = True, **numbers: int
    ) -> None:
        """A transaction of one statement in a single round trip; all that it is given are numbers, which it
        names as `{name:d}`. `flushed` is as in `direct`.
        """
        await direct_command(self.engine, vendor_id, statement.format(**numbers), flushed=flushed)

    def asking(self) -> AbstractAsyncContextManager[Direct]:
        """A connection without a transaction, and so of no vendor: for one question to a function that is
        told the vendor, in one round trip.
        """
        return direct_question(self.engine)

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[AsyncSession]:
        """A transaction over all vendors, for the platform's own work: sign-in, admin, reconciliation."""
        async with self._sessions.begin() as session:
            await session.execute(_ENTER_PLATFORM)
            yield session

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
