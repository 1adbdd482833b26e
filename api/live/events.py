"""What streams tell: an order's change or a new message, and the words around it."""

import json
from datetime import UTC

from sse_starlette import ServerSentEvent

from db.queries.live_events import MessageAdded, NoteAdded, OrderChange

RETRY_MILLISECONDS = 2000
_SEPARATOR = "\n"


def opening(cursor: str | None = None) -> ServerSentEvent:
    """How soon to come back, and from where; it reaches no listener of the page.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    """
    return ServerSentEvent(retry=RETRY_MILLISECONDS, id=cursor, sep=_SEPARATOR)


def order_event(change: OrderChange, cursor: str) -> ServerSentEvent:
    """`event: order`."""
    data = {
        "order_id": change.order_id,
        "sequence": change.sequence,
        "type": change.type,
        "status": change.status,
        "payment_status": change.payment_status,
        "created_at": change.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    return _event("order", data, cursor)


def message_event(message: MessageAdded, cursor: str) -> ServerSentEvent:
    """`event: message`; what it says is read from the order's messages."""
    return _event("message", {"order_id": message.order_id, "message_id": message.id}, cursor)


def note_event(note: NoteAdded, cursor: str) -> ServerSentEvent:
    """`event: note`; what it says is read from the order's notes."""
    return _event("note", {"order_id": note.order_id, "note_id": note.id}, cursor)


def reset_event(cursor: str) -> ServerSentEvent:
    """`event: reset`: too much happened to tell it all; the page has to be loaded anew."""
    return _event("reset", {}, cursor)


def heartbeat() -> ServerSentEvent:
    """A comment that keeps the connection open."""
    return ServerSentEvent(comment="", sep=_SEPARATOR)


def _event(name: str, data: dict[str, object], cursor: str) -> ServerSentEvent:
    text = json.dumps(data, separators=(",", ":"))
    return ServerSentEvent(text, event=name, id=cursor, sep=_SEPARATOR)
