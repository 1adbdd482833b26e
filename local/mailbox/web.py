"""The HTTP side of the mailbox: its pages and its JSON."""

import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.types import Lifespan

from local.mailbox import json_routes, pages
from local.mailbox.store import MessageStore

_HERE = Path(__file__).parent
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(
    store: MessageStore, *, smtp_address: str, lifespan: Lifespan[FastAPI] | None = None
) -> FastAPI:
    """Build the application that shows the mail of `store`; an empty page names `smtp_address`."""
    app = FastAPI(title="Orion mailbox", openapi_url=None, lifespan=lifespan)
    app.state.store = store
    app.state.started = secrets.token_hex(8)
    app.state.templates = Jinja2Templates(_HERE / "templates")
    app.state.templates.env.globals["smtp_address"] = smtp_address
    app.include_router(json_routes.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=_HERE / "static"))
    app.middleware("http")(_add_security_headers)
    app.add_exception_handler(sqlite3.Error, _store_unavailable)
    return app


async def _add_security_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _store_unavailable(request: Request, error: Exception) -> Response:
    del request
    return JSONResponse({"status": "unavailable", "detail": str(error)}, status_code=503)
