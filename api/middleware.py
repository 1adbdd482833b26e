"""Around every request: an id, one log line, measurements, a limit on bodies, protective headers."""

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import problem
from domain.product_files import MOST_BYTES

MAX_BODY_BYTES = 1_000_000
# Files of products, with what a form puts around them; each route looks who is there before it reads.
_LONGER = dict.fromkeys(
    ("/api/v1/vendor/products/import", "/vendor/products/imports"), MOST_BYTES + MAX_BODY_BYTES
)
REQUEST_ID = "X-Request-Id"

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_QUIET = _PROBES | {"/assets"}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

log = structlog.get_logger("api.access")


def install(app: FastAPI) -> None:
    """Put all of this around `app`."""
    app.state.metrics = Metrics()
    app.add_middleware(BodyLimit)
    app.add_middleware(ProtectiveHeaders)
    app.add_middleware(RequestRecord, metrics=app.state.metrics)


class RequestRecord:
    """Gives each request an id, measures it and logs it in one line when it is over; a stream when it begins.

    The line names the route and never the path, which may hold a cart's secret session id.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        before = structlog.contextvars.get_contextvars()
        request_id = _request_id(scope)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._answer(scope, receive, send, request_id)
        finally:
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(**before)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = time.perf_counter()
        status, streams = 0, False

        async def noting(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                if headers.get("content-type", "").startswith("text/event-stream"):
                    # It was answered now. How long it is then listened to says nothing about speed.
                    streams = True
                    self._metrics.in_flight.dec()
                    self._metrics.streams.inc()
                    self._record(scope, status, time.perf_counter() - started)
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if status:
                raise
            # Answered here rather than further out, so that the answer carries the request's id too.
            handler = scope["app"].exception_handlers[Exception]
            response = await handler(Request(scope), error)
            await response(scope, receive, noting)
        finally:
            if streams:
                self._metrics.streams.dec()
            else:
                self._metrics.in_flight.dec()
                self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        asset = "/assets" if scope["path"].startswith("/assets/") else "unmatched"
        route = getattr(scope.get("route"), "path", asset)
        # No status means that the client went away before there was one.
        self._metrics.duration.labels(method, route, f"{status // 100}xx" if status else "none").observe(
            seconds
        )
        # Probes come every few seconds and style sheets with every page; only one that fails is worth a line.
        write = log.debug if route in _QUIET and status < 400 else log.info
        write("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))


class ProtectiveHeaders:
    """Headers for answers that are data; a route that sets one itself, such as a page, keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def protecting(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, protecting)


class BodyLimit:
    """Refuses bodies above 1 MB, where files are sent above their limit, announced or not, with a 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _LONGER.get(scope["path"], MAX_BODY_BYTES)
        announced = Headers(scope=scope).get("content-length", "0")
        too_long = announced.isdecimal() and int(announced[:20]) > most
        # A page answers with a page, once its route asks for the body.
        if too_long and scope["path"] not in _LONGER:
            message = f"A request body has at most {most} bytes."
            await problem(413, "request_entity_too_large", message)(scope, receive, send)
            return
        received = 0

        async def counting() -> Message:
            nonlocal received
            message: dict[str, Any] = dict(await receive())
            received += len(message.get("body", b""))
            if too_long or received > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counting, send)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _SANE_ID.fullmatch(given) else uuid4().hex
