"""When an authorised amount is taken, and when its shop is warned."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.capture import capturable, plan_capture, ran_out

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_shop_is_warned_a_day_and_the_matter_settled_an_hour_before() -> None:
    until = NOW + 7 * DAY
    plan = plan_capture(NOW, until, notice=DAY, margin=HOUR)
    assert (plan.warn_at, plan.settle_at) == (until - DAY, until - HOUR)


def test_short_window_bounds_both() -> None:
    plan = plan_capture(NOW, NOW + HOUR, notice=DAY, margin=HOUR)
    assert plan.warn_at == NOW + timedelta(minutes=30)
    assert plan.settle_at == NOW + timedelta(minutes=45)


def test_window_that_is_over_is_settled_at_once() -> None:
    plan = plan_capture(NOW, NOW - HOUR, notice=DAY, margin=HOUR)
    assert plan.warn_at == plan.settle_at == NOW - HOUR


@given(*(st.timedeltas(timedelta(0), 60 * DAY) for _ in range(3)))
def test_warning_comes_after_the_authorisation_and_never_after_the_end(
    window: timedelta, notice: timedelta, margin: timedelta
) -> None:
    plan = plan_capture(NOW, NOW + window, notice=notice, margin=margin)
    assert NOW <= plan.warn_at <= plan.settle_at <= NOW + window


def test_what_is_left_out_is_not_captured() -> None:
    assert capturable(Decimal("84.20")) == Decimal("84.20")
    assert capturable(Decimal("84.20"), Decimal("4.20")) == Decimal("80.00")


@pytest.mark.parametrize("left_out", ["-0.01", "84.20", "100.00"])
def test_nothing_or_more_than_the_total_is_never_captured(left_out: str) -> None:
    with pytest.raises(ValueError, match="cannot be left out"):
        capturable(Decimal("84.20"), Decimal(left_out))


def test_only_stripes_own_word_says_that_an_authorisation_ran_out() -> None:
    assert ran_out("automatic")
    assert not any(map(ran_out, (None, "requested_by_customer", "abandoned")))
