"""The SQL statements that reach a database, counted by who sends them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from asyncpg.connection import LoggedQuery  # type: ignore[import-untyped] # asyncpg ships no types
from sqlalchemy import AdaptedConnection, Connection, event
from temporalio import activity

from db.session import Database

# What the driver asks once on a connection when it meets an array.
_ABOUT_TYPES = ("typeinfo_tree", "current_setting('jit')")


@dataclass
class Traffic:
    """The SQL statements that reached the database by who sent them: `request`, or an activity's name."""

    statements: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    transactions: Counter[str] = field(default_factory=Counter)

    def without(self, sender: str) -> dict[str, tuple[int, int]]:
        """The numbers of statements and transactions by sender, all but one."""
        return {
            name: (len(sent), self.transactions[name])
            for name, sent in self.statements.items()
            if name != sender
        }

    def on_statement(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """A statement through SQLAlchemy."""
        self.statements[_sender()].append(statement)

    def on_end(self, _connection: Connection) -> None:
        """The end of one of SQLAlchemy's transactions."""
        self.transactions[_sender()] += 1

    def on_checkout(self, connection: AdaptedConnection, *_: object) -> None:
        """A connection leaves the pool."""
        connection.driver_connection.add_query_logger(self.on_driver)

    def on_checkin(self, connection: AdaptedConnection | None, *_: object) -> None:
        """A connection comes back, unless it broke."""
        if connection is not None:
            connection.driver_connection.remove_query_logger(self.on_driver)

    def on_driver(self, logged: LoggedQuery) -> None:
        """A statement on the driver itself, where a transaction begins together with naming its vendor."""
        words = logged.query
        begins = words.startswith("BEGIN")
        if words.startswith(("COMMIT", "ROLLBACK")) or (begins and "set_config" not in words):
            return
        if not any(each in words for each in _ABOUT_TYPES):
            self.statements[_sender()].append(words)
            self.transactions[_sender()] += begins


def _sender() -> str:
    return activity.info().activity_type if activity.in_activity() else "request"


@contextmanager
def traffic(database: Database) -> Iterator[Traffic]:
    """Watch a database that API and worker share. BEGIN and COMMIT are no statements here, and a statement
    that PostgreSQL commits by itself, as asking about a sign-in, is in no transaction."""
    seen = Traffic()
    listeners: list[tuple[str, Callable[..., None]]] = [
        ("before_cursor_execute", seen.on_statement),
        ("commit", seen.on_end),
        ("rollback", seen.on_end),
        ("checkout", seen.on_checkout),
        ("checkin", seen.on_checkin),
    ]
    for name, listener in listeners:
        event.listen(database.engine.sync_engine, name, listener)
    yield seen
    for name, listener in listeners:
        event.remove(database.engine.sync_engine, name, listener)
