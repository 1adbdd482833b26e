"""Received messages in one SQLite file."""

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local.mailbox.parsing import ParsedMessage

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient TEXT NOT NULL COLLATE NOCASE,
    message_id TEXT,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT,
    raw BLOB NOT NULL,
    received_at TEXT NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 1,
    UNIQUE (message_id, recipient)
)
"""
_DELIVER = """
INSERT INTO messages (recipient, message_id, sender, subject, text, html, raw, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (message_id, recipient) DO UPDATE SET deliveries = deliveries + 1
"""
_COLUMNS = "id, recipient, message_id, sender, subject, text, html, received_at, deliveries"
_MATCHING = """
(:recipient IS NULL OR recipient = :recipient COLLATE NOCASE)
AND (:subject IS NULL OR instr(casefold(subject), casefold(:subject)) > 0)
AND (:search IS NULL OR instr(casefold(subject), casefold(:search)) > 0
     OR instr(casefold(recipient), casefold(:search)) > 0)
AND (:before IS NULL OR id < :before)
"""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message in one recipient's mailbox; `deliveries` counts how often it was sent here."""

    id: int
    recipient: str
    message_id: str | None
    sender: str
    subject: str
    text: str
    html: str | None
    received_at: datetime
    deliveries: int


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages to list: exact recipient, part of the subject, part of either; ids below `before`."""

    recipient: str | None = None
    subject: str | None = None
    search: str | None = None
    before: int | None = None


class MessageStore:
    """The messages of all recipients; safe to use from several threads."""

    def __init__(self, database: Path) -> None:
        """Open `database`, creating it when missing.

        `synchronous=NORMAL` in WAL mode keeps every message when the process is killed, and spares the disk,
        which it shares with PostgreSQL, a flush for each. A power cut may take the newest.
        """
        database.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.create_function("casefold", 1, str.casefold, deterministic=True)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._connection:
            self._connection.execute(_SCHEMA)

    def deliver(self, recipients: Iterable[str], message: ParsedMessage, raw: bytes) -> None:
        """Put one copy into each recipient's mailbox, in one transaction that a killed process keeps.

        A Message-ID a recipient already has is not stored again but counted, as mail stores do
        (Cyrus: `duplicatesuppression` in imapd.conf); without a Message-ID every delivery is a message of
        its own.
        """
        received_at = datetime.now(UTC).isoformat()
        content = (message.message_id, message.sender, message.subject, message.text, message.html, raw)
        rows = [(recipient, *content, received_at) for recipient in dict.fromkeys(recipients)]
        with self._lock, self._connection:
            self._connection.executemany(_DELIVER, rows)

    def messages(self, wanted: MessageFilter, *, limit: int | None = None) -> list[StoredMessage]:
        """Return the matching messages, oldest first; with `limit`, only that many of the newest."""
        newest_first = f"SELECT {_COLUMNS} FROM messages WHERE {_MATCHING} ORDER BY id DESC LIMIT :limit"  # noqa: S608 - constants only
        parameters = {
            "recipient": wanted.recipient,
            "subject": wanted.subject,
            "search": wanted.search,
            "before": wanted.before,
            "limit": -1 if limit is None else limit,
        }
        with self._lock:
            rows = self._connection.execute(newest_first, parameters).fetchall()
        return [_stored(row) for row in reversed(rows)]

    def message(self, number: int) -> StoredMessage | None:
        """Return the message with this id, or None."""
        with self._lock:
            row = self._connection.execute(
                f"SELECT {_COLUMNS} FROM messages WHERE id = ?",  # noqa: S608 - constants only
                (number,),
            ).fetchone()
        return None if row is None else _stored(row)

    def source(self, number: int) -> bytes | None:
        """Return the message as it came over SMTP, or None."""
        with self._lock:
            row = self._connection.execute("SELECT raw FROM messages WHERE id = ?", (number,)).fetchone()
        return None if row is None else bytes(row["raw"])

    def clear(self) -> None:
        """Delete every message."""
        with self._lock, self._connection:
            self._connection.execute("DELETE FROM messages")

    def changes(self) -> int:
        """Return a number that moves with every change made since the store was opened."""
        with self._lock:
            return self._connection.total_changes

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()


def _stored(row: sqlite3.Row) -> StoredMessage:
    return StoredMessage(
        id=row["id"],
        recipient=row["recipient"],
        message_id=row["message_id"],
        sender=row["sender"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        received_at=datetime.fromisoformat(row["received_at"]),
        deliveries=row["deliveries"],
    )
