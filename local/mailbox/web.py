"""The page and the JSON of the mailbox."""

import re
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Path as PathParameter, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Lifespan

from local.mailbox.parsing import parse
from local.mailbox.store import MessageFilter, MessageStore, StoredMessage

_HERE = Path(__file__).parent
_PAGE_SIZE = 100
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Mail is written by strangers: no scripts, nothing fetched, no forms, an origin of its own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEAD = re.compile(r"<head\b[^>]*>|<!doctype[^>]*>(?!.*<head\b)", re.IGNORECASE | re.DOTALL)

MessageNumber = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]


class Message(BaseModel):
    """A received message as JSON; `from` is the From header, `deliveries` how often it was sent here."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    to: str = Field(validation_alias="recipient")
    sender: str = Field(serialization_alias="from")
    subject: str
    text: str
    html: str | None
    message_id: str | None
    received_at: datetime
    deliveries: int


def create_app(
    store: MessageStore, *, smtp_address: str, lifespan: Lifespan[FastAPI] | None = None
) -> FastAPI:
    """Build the application that shows the mail of `store`; `smtp_address` is what an empty page names."""
    app = FastAPI(
        title="Orion mailbox", lifespan=lifespan, openapi_url=None, dependencies=[], redirect_slashes=False
    )
    app.state.store = store
    app.state.started = secrets.token_hex(8)
    app.state.templates = Jinja2Templates(_HERE / "templates")
    app.state.templates.env.globals["smtp_address"] = smtp_address
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=_HERE / "static"))
    app.middleware("http")(_add_security_headers)
    return app


async def _add_security_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
