"""Cursors: opaque places in a list that is ordered by time and id, newest first."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Cursor:
    """The last entry of the page before."""

    created_at: datetime
    id: int


def write_cursor(cursor: Cursor) -> str:
    """The cursor as url-safe text."""
    place = f"{(cursor.created_at - _EPOCH) // _MICROSECOND}.{cursor.id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """The cursor behind what `write_cursor` gave out. Raises RequestValidationError."""
    try:
        place = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        moment, _, row = place.partition(".")
        cursor = Cursor(created_at=_EPOCH + int(moment) * _MICROSECOND, id=int(row))
    except (binascii.Error, ValueError, OverflowError):
        raise _invalid() from None
    if not 0 < cursor.id < 2**63:
        raise _invalid()
    return cursor


def link_next(request: Request, response: Response, cursor: Cursor) -> None:
    """Tell the client where the list goes on: `Link: <…>; rel="next"`."""
    link_after(request, response, write_cursor(cursor))


def link_after(request: Request, response: Response, cursor: str) -> None:
    """As `link_next`, for a cursor that is written already."""
    url = request.url.remove_query_params("skip").include_query_params(cursor=cursor)
    response.headers["Link"] = f'<{url}>; rel="next"'


def _invalid() -> RequestValidationError:
    return RequestValidationError(
        [{"type": "cursor_invalid", "loc": ("query", "cursor"), "msg": "The cursor is not one of ours."}]
    )
