"""Days as clocks on the wall count them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import Period
from domain.time_zones import time_zones

HOUR = timedelta(hours=1)
days = st.dates(min_value=date(1971, 1, 1), max_value=date(2900, 1, 1))


def hours(first: date, last: date, zone: str) -> list[float]:
    borders = Period(first, last, ZoneInfo(zone)).borders
    return [(end - start) / HOUR for start, end in pairwise(borders)]


@given(days, st.integers(0, 399), st.sampled_from(sorted(time_zones())))
def test_days_lie_end_to_end_with_those_before(first: date, more: int, zone: str) -> None:
    period = Period(first, first + timedelta(days=more), ZoneInfo(zone))
    before = period.before

    assert len(period.days) == len(before.days) == more + 1
    assert len(period.borders) == more + 2
    assert before.borders[-1] == period.borders[0]
    assert period.borders == sorted(period.borders)
    assert (period.days[0], period.days[-1]) == (period.first, period.last)


@pytest.mark.parametrize(
    ("first", "last", "zone", "lengths"),
    [
        (date(2026, 3, 28), date(2026, 3, 30), "Europe/Luxembourg", [24, 23, 24]),
        (date(2026, 10, 24), date(2026, 10, 26), "Europe/Luxembourg", [24, 25, 24]),
        (date(2026, 3, 28), date(2026, 3, 30), "UTC", [24, 24, 24]),
        # Clocks went from 23:59:59 to 01:00.
        (date(2018, 11, 3), date(2018, 11, 5), "America/Sao_Paulo", [24, 23, 24]),
        # Samoa crossed the date line; there was no 30 December.
        (date(2011, 12, 29), date(2011, 12, 31), "Pacific/Apia", [24, 0, 24]),
    ],
)
def test_days_are_as_long_as_they_were(first: date, last: date, zone: str, lengths: list[float]) -> None:
    assert hours(first, last, zone) == lengths


def test_day_begins_at_midnight_there() -> None:
    period = Period(date(2026, 7, 1), date(2026, 7, 1), ZoneInfo("Asia/Kolkata"))

    assert period.borders[0] == datetime(2026, 6, 30, 18, 30, tzinfo=UTC)
