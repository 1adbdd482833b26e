"""Periods in queries: days that are meant whole, or exact moments."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from domain.time_zones import time_zones

_YEARS = range(1970, 3000)
_SCHEMA = {
    "type": "string",
    "description": "A day (UTC) as YYYY-MM-DD, or a moment as RFC 3339; inclusive.",
    "examples": ["2026-11-22", "2026-11-22T18:00:00Z"],
}


def _parse(text: object) -> tuple[datetime, bool]:
    """The moment, and whether it stands for a whole day."""
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("is neither a day nor a moment")
    try:
        if len(text) == len("YYYY-MM-DD"):
            return datetime.combine(_in_range(date.fromisoformat(text)), time(), UTC), True
        moment = datetime.fromisoformat(text)
        _in_range(moment)
    except ValueError:
        raise ValueError("is neither a day (YYYY-MM-DD) nor a moment (RFC 3339)") from None
    if moment.tzinfo is None:
        raise ValueError("a moment needs its offset from UTC, such as Z or +01:00")
    return moment.astimezone(UTC), False


def _in_range(day: date) -> date:
    if day.year not in _YEARS:
        raise ValueError("out of range")
    return day


def first_moment(text: object) -> datetime:
    """The first moment of a period that begins with `text`."""
    return _parse(text)[0]


def moment_after(text: object) -> datetime:
    """The first moment after a period that ends with `text`, which it includes."""
    moment, whole_day = _parse(text)
    return moment + (timedelta(days=1) if whole_day else timedelta(microseconds=1))


def whole_day(text: object) -> date:
    """A day that is named as such, in whatever time zone."""
    try:
        if isinstance(text, str) and text.isascii() and len(text) == len("YYYY-MM-DD"):
            return _in_range(date.fromisoformat(text))
    except ValueError:
        pass
    raise ValueError("is no day (YYYY-MM-DD)")


PeriodStart = Annotated[datetime, BeforeValidator(first_moment), WithJsonSchema(_SCHEMA)]
PeriodEnd = Annotated[datetime, BeforeValidator(moment_after), WithJsonSchema(_SCHEMA)]


def _known_zone(name: str) -> str:
    if name not in time_zones():
        raise ValueError("is no time zone of https://www.iana.org/time-zones")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]

Day = Annotated[
    date,
    BeforeValidator(whole_day),
    WithJsonSchema({"type": "string", "format": "date", "description": "YYYY-MM-DD; inclusive."}),
]
