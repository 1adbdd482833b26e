"""Streams as a browser reads them, from an application in this process."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

from tests.waiting import eventually


@dataclass(frozen=True)
class Heard:
    """One event: its name, its data, and what Last-Event-ID is after it."""

    name: str
    data: dict[str, Any]
    id: str


@dataclass
class Stream:
    """A stream that is open: the answer's status and headers, and what was heard so far."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    ended: bool = False
    id: str = ""
    resumed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def events(self) -> list[Heard]:
        """What a page is told, in order; a block without data only moves the id."""
        heard = []
        for block in self.text.split("\n\n")[:-1]:
            lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            self.id = lines.get("id", self.id)
            if "data" in lines:
                heard.append(Heard(lines["event"], json.loads(lines["data"]), self.id))
        return heard

    async def until(self, count: int, *, within: float = 10) -> list[Heard]:
        """What was heard, once it is that many events."""

        async def look() -> list[Heard]:
            return self.events

        return await eventually(look, lambda events: len(events) >= count, within=within)

    async def end(self, *, within: float = 10) -> None:
        """Wait until the stream has ended by itself."""

        async def look() -> bool:
            return self.ended

        await eventually(look, bool, within=within)

    def stall(self) -> None:
        """Take nothing more until `resumed` is set, as a reader that sleeps."""
        self.resumed.clear()

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        await self.resumed.wait()
        self.text += message["body"].decode()
        self.ended = not message.get("more_body", False)


@asynccontextmanager
async def listening(
    app: ASGIApp, path: str, headers: dict[str, str], last_event_id: str | None = None
) -> AsyncIterator[Stream]:
    """Open a stream, and go away at the end."""
    stream, gone = Stream(), asyncio.Event()
    stream.resumed.set()
    requests: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if requests:
            return requests.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    given = headers if last_event_id is None else headers | {"Last-Event-ID": last_event_id}
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "server": ("orion.test", 80),
        "client": ("127.0.0.1", 1),
    }
    answering = asyncio.ensure_future(app(scope, receive, stream.take))

    async def answered() -> bool:
        return bool(stream.text) or stream.ended or answering.done()

    try:
        await eventually(answered, bool)
        yield stream
    finally:
        gone.set()
        stream.resumed.set()
        async with asyncio.timeout(10):
            await answering
