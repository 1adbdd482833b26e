"""Who may ask for something as an operator, and how far a deadline may be put off."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import OperatorRequestInvalid
from domain.operators import MAX_EXTENSION, check_operator, extended_deadline

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("operator", ["ada", "a1", "9-lives", "ada.l_2-b", "a" * 40])
def test_handle_is_taken(operator: str) -> None:
    check_operator(operator, "the carrier lost it")


@pytest.mark.parametrize(
    "operator", ["", "a", "Ada", "ada lovelace", "ada@orion.example", ".ada", "a" * 41, "ada\n", "adà"]
)
def test_name_or_address_is_no_handle(operator: str) -> None:
    with pytest.raises(OperatorRequestInvalid) as refused:
        check_operator(operator, "the carrier lost it")
    assert refused.value.fields == {"field": "operator"}


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "two\nlines", "nul\0"])
def test_reason_is_one_line(reason: str) -> None:
    with pytest.raises(OperatorRequestInvalid) as refused:
        check_operator("ada", reason)
    assert refused.value.fields == {"field": "reason"}


def test_seconds_count_from_the_present_deadline_and_from_now_when_that_is_over() -> None:
    assert extended_deadline(NOON + HOUR, NOON, seconds=60, until=None) == NOON + HOUR + timedelta(minutes=1)
    assert extended_deadline(NOON - HOUR, NOON, seconds=60, until=None) == NOON + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seconds", "until"),
    [
        (None, None),
        (60, NOON + 2 * HOUR),
        (0, None),
        (-60, None),
        (10**18, None),
        (None, NOON),
        (None, NOON + HOUR),
        (None, NOON + MAX_EXTENSION + timedelta(seconds=1)),
        (None, (NOON + 2 * HOUR).replace(tzinfo=None)),
    ],
)
def test_rubbish_is_refused(seconds: int | None, until: datetime | None) -> None:
    with pytest.raises(OperatorRequestInvalid):
        extended_deadline(NOON + HOUR, NOON, seconds=seconds, until=until)


@given(st.timedeltas(-MAX_EXTENSION, MAX_EXTENSION), st.integers(-(10**12), 10**12))
def test_deadline_is_only_put_off_and_never_beyond_the_bound(present: timedelta, seconds: int) -> None:
    try:
        wanted = extended_deadline(NOON + present, NOON, seconds=seconds, until=None)
    except OperatorRequestInvalid:
        assert (
            seconds <= 0 or max(present, timedelta()) + timedelta(seconds=min(seconds, 10**8)) > MAX_EXTENSION
        )
    else:
        assert max(NOON, NOON + present) < wanted <= NOON + MAX_EXTENSION
