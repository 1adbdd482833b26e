"""Which part of a vendor's list of orders is meant: how it is sorted, and after which order it goes on."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError

from api.dependencies import MAX_LIMIT, MAX_SKIP
from db.queries.order_sorts import OrderSort, Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST = 2**63


@dataclass(frozen=True)
class OrderPage:
    """A part of the sorted list: after `place`, or else after `skip` orders."""

    sort: OrderSort
    skip: int
    limit: int
    place: Place | None


def write_place(place: Place) -> str:
    """The cursor of a place, which names its sort unless that is the newest first."""
    value = place.value
    number = (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value
    sort = "" if place.sort == OrderSort.NEWEST else f"{place.sort}."
    return base64.urlsafe_b64encode(f"{sort}{number}.{place.id}".encode()).decode().rstrip("=")


def read_place(text: str, sort: OrderSort) -> Place:
    """The place behind a cursor for a list that is sorted so. Raises RequestValidationError."""
    try:
        written = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        *named, number, row = written.decode("ascii").split(".")
        its_sort = OrderSort(".".join(named) or OrderSort.NEWEST)
        value = int(number)
        place = Place(its_sort, _EPOCH + value * _MICROSECOND if its_sort.by_time else value, int(row))
    except (binascii.Error, ValueError, OverflowError):
        raise _refused("cursor_invalid", "The cursor is not one of ours.") from None
    if not (0 < place.id < _MOST and -_MOST < value < _MOST):
        raise _refused("cursor_invalid", "The cursor is not one of ours.")
    if its_sort != sort:
        raise _refused(
            "cursor_of_another_sort",
            f"The cursor belongs to a list with sort={its_sort}; with sort={sort} begin without one.",
        )
    return place


async def order_page(
    sort: Annotated[
        OrderSort, Query(description="By when orders were placed, or by their totals.")
    ] = OrderSort.NEWEST,
    skip: Annotated[int, Query(ge=0, le=MAX_SKIP)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[
        str | None, Query(max_length=200, description="From the answer before, and for the same `sort` only.")
    ] = None,
) -> OrderPage:
    """The part that a query asks for; with a cursor `skip` means nothing."""
    if cursor is None:
        return OrderPage(sort, skip, limit, None)
    return OrderPage(sort, 0, limit, read_place(cursor, sort))


OrderPageDep = Annotated[OrderPage, Depends(order_page)]


def _refused(kind: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": ("query", "cursor"), "msg": message}])
