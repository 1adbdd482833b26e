"""Days as clocks on the wall count them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import MAX_DAYS, Period, UsualPeriod, grain_for, spans, usual_days
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


@pytest.mark.parametrize(
    ("period", "today", "first", "last"),
    [
        (UsualPeriod.TODAY, date(2026, 11, 28), date(2026, 11, 28), date(2026, 11, 28)),
        (UsualPeriod.WEEK, date(2026, 11, 28), date(2026, 11, 22), date(2026, 11, 28)),
        (UsualPeriod.THIRTY_DAYS, date(2026, 11, 28), date(2026, 10, 30), date(2026, 11, 28)),
        (UsualPeriod.NINETY_DAYS, date(2026, 11, 28), date(2026, 8, 31), date(2026, 11, 28)),
        (UsualPeriod.THIS_MONTH, date(2026, 11, 28), date(2026, 11, 1), date(2026, 11, 28)),
        (UsualPeriod.LAST_MONTH, date(2026, 11, 28), date(2026, 10, 1), date(2026, 10, 31)),
        (UsualPeriod.LAST_MONTH, date(2027, 1, 31), date(2026, 12, 1), date(2026, 12, 31)),
        (UsualPeriod.LAST_MONTH, date(2028, 3, 31), date(2028, 2, 1), date(2028, 2, 29)),
        (UsualPeriod.THIS_YEAR, date(2028, 12, 31), date(2028, 1, 1), date(2028, 12, 31)),
    ],
)
def test_usual_periods(period: UsualPeriod, today: date, first: date, last: date) -> None:
    assert usual_days(period, today) == (first, last)


@given(st.sampled_from(UsualPeriod), days)
def test_usual_periods_are_no_longer_than_any_may_be(period: UsualPeriod, today: date) -> None:
    first, last = usual_days(period, today)

    assert 1 <= (last - first).days + 1 <= MAX_DAYS
    assert last == today or period is UsualPeriod.LAST_MONTH


@given(days, st.integers(1, MAX_DAYS), st.integers(14, 100))
def test_spans_hold_every_day_once_and_in_order(first: date, length: int, most: int) -> None:
    period = Period(first, first + timedelta(days=length - 1), ZoneInfo("UTC")).days
    found = spans(period, grain_for(period, most))

    assert [place for span in found for place in range(span.begin, span.end)] == list(range(length))
    assert all((period[span.begin], period[span.end - 1]) == (span.first, span.last) for span in found)
    assert len(found) <= max(most, 15)  # so many months 400 days have at most


@pytest.mark.parametrize(
    ("length", "ends"),
    [
        (4, [date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 29)]),
        (41, [date(2026, 11, 29), date(2026, 12, 6), date(2026, 12, 13), date(2026, 12, 20)]),
        (400, [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]),
    ],
    ids=["days", "weeks", "months"],
)
def test_spans_are_as_long_as_the_period_needs(length: int, ends: list[date]) -> None:
    """From Thursday, 26 November 2026, on."""
    first = date(2026, 11, 26)
    period = Period(first, first + timedelta(days=length - 1), ZoneInfo("UTC")).days

    assert [span.last for span in spans(period, grain_for(period, 40))][:4] == ends
