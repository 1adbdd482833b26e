"""The SQL statements that reach a database, counted by who sends them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, event
from temporalio import activity

from db.session import Database


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


@contextmanager
def traffic(database: Database) -> Iterator[Traffic]:
    """Watch a database that API and worker share. BEGIN and COMMIT are no statements here, and a statement
    that PostgreSQL commits by itself, as asking about a sign-in, is in no transaction."""
    seen = Traffic()

    def sender() -> str:
        return activity.info().activity_type if activity.in_activity() else "request"

    def on_statement(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.statements[sender()].append(statement)

    def on_end(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            seen.transactions[sender()] += 1

    listeners: list[tuple[str, Callable[..., None]]] = [
        ("before_cursor_execute", on_statement),
        ("commit", on_end),
        ("rollback", on_end),
    ]
    for name, listener in listeners:
        event.listen(database.engine.sync_engine, name, listener)
    yield seen
    for name, listener in listeners:
        event.remove(database.engine.sync_engine, name, listener)
