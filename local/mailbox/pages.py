"""The pages people read mail on."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from local.mailbox.parsing import parse
from local.mailbox.store import MessageFilter, MessageStore, StoredMessage

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 100
# Mail is written by strangers: no scripts, nothing fetched, no forms, an origin of its own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_LARGEST_ID = 2**63 - 1  # SQLite's integers

MessageId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]


@router.get("/")
def list_page(
    request: Request, q: str = "", before: Annotated[int | None, Query(ge=1, le=_LARGEST_ID)] = None
) -> Response:
    """Show the newest messages, or those older than `before`; 304 while nothing changed."""
    store: MessageStore = request.app.state.store
    tag = f'"{request.app.state.started}-{store.changes()}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    found = store.messages(MessageFilter(search=q or None, before=before), limit=PAGE_SIZE + 1)
    page = found[-PAGE_SIZE:][::-1]
    context = {"messages": page, "q": q, "before": before, "older": len(found) > PAGE_SIZE}
    return _page(request, "messages.html", context, {"ETag": tag})


@router.get("/messages/{number}")
def message_page(request: Request, number: MessageId) -> Response:
    """Show one message: its HTML part in a sandboxed frame, its text and its headers."""
    store: MessageStore = request.app.state.store
    message = _found(store.message(number))
    headers = parse(store.source(number) or b"").headers
    return _page(request, "message.html", {"message": message, "headers": headers}, {})


@router.get("/messages/{number}/html")
def html_part(request: Request, number: MessageId) -> Response:
    """Return the HTML part on its own, unable to run or fetch anything."""
    store: MessageStore = request.app.state.store
    html = _found(store.message(number)).html
    if html is None:
        raise HTTPException(404, "The message has no HTML part")
    return HTMLResponse(_open_links_in_new_tab(html), headers={"Content-Security-Policy": _MAIL_POLICY})


@router.get("/messages/{number}/source")
def source(request: Request, number: MessageId) -> Response:
    """Return the message as it was received, to open in a mail program."""
    store: MessageStore = request.app.state.store
    raw = store.source(number)
    if raw is None:
        raise HTTPException(404, "No such message")
    disposition = f'attachment; filename="message-{number}.eml"'
    return Response(raw, media_type="message/rfc822", headers={"Content-Disposition": disposition})


def _page(
    request: Request, template: str, context: Mapping[str, object], headers: Mapping[str, str]
) -> Response:
    response: Response = request.app.state.templates.TemplateResponse(
        request, template, context, headers=headers
    )
    return response


def _found(message: StoredMessage | None) -> StoredMessage:
    if message is None:
        raise HTTPException(404, "No such message")
    return message


def _open_links_in_new_tab(html: str) -> str:
    """Send links out of the frame, where they would be stuck in its sandbox."""
    opening = re.search(r"<head\b[^>]*>", html, re.IGNORECASE) or re.match(
        r"\s*<!doctype[^>]*>", html, re.IGNORECASE
    )
    at = opening.end() if opening else 0
    return f'{html[:at]}<base target="_blank">{html[at:]}'
