"""Streams as responses: heartbeats, readers that stop reading, and the end of the process."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import structlog
from fastapi import Header
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus, SendTimeoutError
from starlette.types import Receive, Scope, Send

from api.live.events import heartbeat

HEARTBEAT_SECONDS = 15
# A browser comes back by itself and is asked for its token again; whoever may no longer look is out by then.
_LONGEST = timedelta(minutes=30)
_STALLED_SECONDS = 20.0

# The hub ends the streams, each after a whole event. The library would cancel them in the midst of one.
AppStatus.enable_automatic_graceful_drain = False

log = structlog.get_logger("api.live")

LastEventId = Annotated[str | None, Header()]
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`event: order` with `order_id`, `sequence`, `type`, `status`, `payment_status` and"
        " `created_at`, `event: message` with `order_id` and `message_id`; goes on after `Last-Event-ID`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class EventStream(EventSourceResponse):
    """Server-sent events with a heartbeat; a reader that takes nothing for 20 seconds is left."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[ServerSentEvent]) -> None:
        super().__init__(
            events,
            ping=HEARTBEAT_SECONDS,
            ping_message_factory=heartbeat,
            send_timeout=_STALLED_SECONDS,
            sep="\n",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream; that a reader stopped reading is no error of ours."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            log.info("a reader of a stream stopped reading")


def stream_until(expires_at: datetime) -> datetime:
    """When a stream ends by itself: with its token, or after half an hour."""
    return min(expires_at, datetime.now(UTC) + _LONGEST)
