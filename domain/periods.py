"""Periods of whole days, as a clock on the wall of some place counts them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

MAX_DAYS = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included, in a time zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> list[date]:
        """Every day, the first one first."""
        return [self.first + number * _DAY for number in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> "Period":
        """The period of as many days that ends the day before this one begins."""
        return Period(self.first - len(self.days) * _DAY, self.first - _DAY, self.zone)

    @property
    def borders(self) -> list[datetime]:
        """When each day begins, and when the last one is over, in UTC.

        Days are 23 or 25 hours long where clocks are changed. Where midnight is left out, the day begins with
        the first moment after; a day that is left out whole has no length.
        """
        return [beginning(day, self.zone) for day in [*self.days, self.last + _DAY]]


def beginning(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


class UsualPeriod(StrEnum):
    """Periods that people ask for by name; all but the last month end today."""

    TODAY = "today"
    WEEK = "7"
    THIRTY_DAYS = "30"
    NINETY_DAYS = "90"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    THIS_YEAR = "this-year"


_LENGTHS = {
    UsualPeriod.TODAY: 1,
    UsualPeriod.WEEK: 7,
    UsualPeriod.THIRTY_DAYS: 30,
    UsualPeriod.NINETY_DAYS: 90,
}


def usual_days(period: UsualPeriod, today: date) -> tuple[date, date]:
    """The first and the last day of a usual period."""
    if period in _LENGTHS:
        return today - (_LENGTHS[period] - 1) * _DAY, today
    month = today.replace(day=1)
    if period is UsualPeriod.LAST_MONTH:
        return (month - _DAY).replace(day=1), month - _DAY
    return (month if period is UsualPeriod.THIS_MONTH else month.replace(month=1)), today


@dataclass(frozen=True)
class Span:
    """Some days of a period that are looked at together, by their places in it."""

    first: date
    last: date
    begin: int
    end: int


class Grain(StrEnum):
    """What a period is counted by; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def grain_for(days: list[date], most: int) -> Grain:
    """Days where there are at most `most`; else weeks, else months."""
    if len(days) <= most:
        return Grain.DAY
    return Grain.WEEK if len(days) <= 7 * (most - 1) else Grain.MONTH


def spans(days: list[date], grain: Grain) -> list[Span]:
    """The days by what they are counted by.

    A week or month that the period cuts has only the days that are in it.
    """
    key = _KEYS[grain]
    found = []
    for _, places in groupby(range(len(days)), lambda place: key(days[place])):
        begin, *others = places
        end = (others or [begin])[-1]
        found.append(Span(days[begin], days[end], begin, end + 1))
    return found


def _week(day: date) -> int:
    return day.toordinal() - day.weekday()


def _month(day: date) -> int:
    return day.year * 12 + day.month


_KEYS: dict[Grain, Callable[[date], int]] = {
    Grain.DAY: date.toordinal,
    Grain.WEEK: _week,
    Grain.MONTH: _month,
}
