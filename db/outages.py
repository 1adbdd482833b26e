"""Which database errors mean that the database is away or overloaded, not that a statement is wrong."""

import asyncpg  # type: ignore[import-untyped] # asyncpg ships no types
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# The driver cannot use the connection any more. It says the second when PostgreSQL has said goodbye on a
# connection that was at rest, and has not hung up yet.
CONNECTION_LOST: tuple[type[Exception], ...] = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
# Everything that a statement or a connection attempt raises: asyncpg's own errors reach us unwrapped
# while connecting, and a timed-out statement is a TimeoutError, which is an OSError.
DATABASE_ERRORS: tuple[type[Exception], ...] = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    *CONNECTION_LOST,
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, insufficient
# resources and operator intervention by class; then lost races, which a caller may simply repeat.
_CLASSES = ("08", "53", "57")
_CODES = frozenset({"25P03", "25P04", "40001", "40P01", "55P03"})


# A migration changed what a statement answers; the driver has forgotten its plan and will make another.
_OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)


def from_driver(error: BaseException) -> BaseException | None:
    """The driver's own error, also inside one of SQLAlchemy's; None where the database said nothing.

    Its text quotes the row and the values that it is about, so only its type and SQLSTATE may be told.
    """
    if isinstance(error, DBAPIError):
        return error.orig and (error.orig.__cause__ or error.orig)
    return error if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError) else None


def told(error: BaseException) -> str:
    """A driver's error in words without anybody's data."""
    return f"{type(error).__name__} (SQLSTATE {getattr(error, 'sqlstate', None) or 'unknown'})"


def is_outage(error: BaseException) -> bool:
    """Whether the same call may succeed later: lost or refused connections, timeouts, lock waits."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        return error.orig is not None and _is_transient(error.orig)
    if isinstance(error, (PoolTimeoutError, *CONNECTION_LOST, *_OUTDATED)):
        return True
    return _is_transient(error)


def _is_transient(error: BaseException) -> bool:
    code = getattr(error, "sqlstate", None)
    return isinstance(code, str) and (code.startswith(_CLASSES) or code in _CODES)
