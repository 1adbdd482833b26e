"""How many wrong passwords an account takes."""

import pytest

from domain.errors import RateLimited
from domain.signing_in import MOST_FROM_ONE_ADDRESS, MOST_IN_ALL, check_attempts


@pytest.mark.parametrize(("from_address", "in_all"), [(1, 1), (MOST_FROM_ONE_ADDRESS, MOST_IN_ALL)])
def test_attempts_within_the_limits_go_through(from_address: int, in_all: int) -> None:
    check_attempts(from_address=from_address, in_all=in_all, seconds_left=900)


@pytest.mark.parametrize(
    ("from_address", "in_all"), [(MOST_FROM_ONE_ADDRESS + 1, MOST_FROM_ONE_ADDRESS + 1), (1, MOST_IN_ALL + 1)]
)
def test_attempt_beyond_a_limit_has_to_wait_for_the_window_to_end(from_address: int, in_all: int) -> None:
    with pytest.raises(RateLimited) as refused:
        check_attempts(from_address=from_address, in_all=in_all, seconds_left=123)
    assert refused.value.fields["retry_after"] == 123


def test_wait_is_never_nought() -> None:
    with pytest.raises(RateLimited) as refused:
        check_attempts(from_address=MOST_FROM_ONE_ADDRESS + 1, in_all=1, seconds_left=0)
    assert refused.value.fields["retry_after"] == 1
