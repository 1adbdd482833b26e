"""Which database errors mean that the database is away or overloaded, not that a statement is wrong."""

import asyncpg  # type: ignore[import-untyped] # asyncpg ships no types
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# Everything that a statement or a connection attempt raises: asyncpg's own errors reach us unwrapped
# while connecting, and a timed-out statement is a TimeoutError, which is an OSError.
DATABASE_ERRORS: tuple[type[Exception], ...] = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, insufficient
# resources and operator intervention by class; then lost races, which a caller may simply repeat.
_CLASSES = ("08", "53", "57")
_CODES = frozenset({"25P03", "25P04", "40001", "40P01", "55P03"})


def is_outage(error: BaseException) -> bool:
    """Whether the same call may succeed later: lost or refused connections, timeouts, lock waits."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        return error.orig is not None and _is_transient(error.orig)
    if isinstance(error, PoolTimeoutError | OSError | asyncpg.InterfaceError):
        return True
    return _is_transient(error)


def _is_transient(error: BaseException) -> bool:
    code = getattr(error, "sqlstate", None)
    return isinstance(code, str) and (code.startswith(_CLASSES) or code in _CODES)
