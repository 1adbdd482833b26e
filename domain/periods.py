"""Periods of whole days, as a clock on the wall of some place counts them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
