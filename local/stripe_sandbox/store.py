"""The sandbox's state in one SQLite file, written by one connection."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

JSON = dict[str, Any]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    object TEXT NOT NULL,
    created INTEGER NOT NULL,
    payment_intent TEXT,
    charge TEXT,
    type TEXT,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (object, sequence);
CREATE INDEX IF NOT EXISTS objects_by_payment_intent ON objects (payment_intent, object)
    WHERE payment_intent IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (charge, object) WHERE charge IS NOT NULL;
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    type TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL,
    next_at REAL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS delivery_attempts (
    delivery INTEGER NOT NULL,
    attempted_at REAL NOT NULL,
    status INTEGER,
    error TEXT
);
CREATE INDEX IF NOT EXISTS delivery_attempts_by_delivery ON delivery_attempts (delivery);
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    due REAL NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    specification TEXT NOT NULL,
    matched INTEGER NOT NULL DEFAULT 0,
    fired INTEGER NOT NULL DEFAULT 0
);
"""
_TABLES = ("objects", "idempotency_keys", "deliveries", "delivery_attempts", "jobs", "faults")


def random_text(length: int) -> str:
    """Unguessable letters and digits."""
    return "".join([_ALPHABET[byte % 62] for byte in os.urandom(length)])


def new_id(prefix: str) -> str:
    """An id that looks like Stripe's."""
    return f"{prefix}_3{random_text(23)}"


def visible(body: JSON) -> JSON:
    """The object as clients may see it: without what the sandbox notes for itself under `_sandbox`."""
    return {key: _visible(entry) for key, entry in body.items() if key != "_sandbox"}


def _visible(value: object) -> object:
    if isinstance(value, dict):
        return visible(value)
    if isinstance(value, list):
        return [_visible(entry) for entry in value]
    return value


class Store:
    """Objects by id, plus the tables of keys, deliveries, jobs and faults.

    `synchronous=NORMAL` in WAL mode survives a killed process (not a power cut), which is what is wanted.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("PRAGMA temp_store = MEMORY")
        self.connection.executescript(_SCHEMA)
        if "matched" not in {row["name"] for row in self.rows("PRAGMA table_info(faults)")}:
            self.connection.execute("ALTER TABLE faults ADD COLUMN matched INTEGER NOT NULL DEFAULT 0")

    def close(self) -> None:
        """Checkpoint and close the file."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an exception rolls back."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """One statement, in the open transaction if there is one."""
        return self.connection.execute(sql, values)

    def get(self, identifier: str) -> JSON | None:
        """The object with this id, or None."""
        row = self.connection.execute("SELECT body FROM objects WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else json.loads(row["body"])

    def insert(self, body: JSON) -> None:
        """A new object."""
        self.connection.execute(
            "INSERT INTO objects (id, object, created, payment_intent, charge, type, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                body["id"],
                body["object"],
                body.get("created", int(time.time())),
                body.get("payment_intent"),
                body.get("charge"),
                body.get("type"),
                json.dumps(body),
            ),
        )

    def save(self, body: JSON) -> None:
        """The new state of an object that is there."""
        self.connection.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))

    def schedule(self, kind: str, identifier: str, delay: float) -> None:
        """Have `jobs` do something with an object after `delay` seconds."""
        self.connection.execute(
            "INSERT INTO jobs (due, kind, object) VALUES (?, ?, ?)", (time.time() + delay, kind, identifier)
        )

    def reset(self) -> None:
        """Empty every table."""
        with self.transaction():
            for table in _TABLES:
                self.connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- names from the tuple above
