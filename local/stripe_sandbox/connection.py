"""Dropping a client's connection without an answer."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_EXTENSION = "sandbox.abort"


class AbortableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with a way for the application to abort the connection."""

    def on_message_begin(self) -> None:
        """Offer the transport's abort as an ASGI extension."""
        super().on_message_begin()
        extensions: dict[str, Any] = {_EXTENSION: self.transport.abort}
        self.scope["extensions"] = extensions


class _Dropped(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- the ASGI signature
        scope["extensions"][_EXTENSION]()
        while (await receive())["type"] != "http.disconnect":
            pass


async def dropped(request: Request) -> Response:
    """A response that closes the connection instead of answering."""
    await request.body()
    return _Dropped()
