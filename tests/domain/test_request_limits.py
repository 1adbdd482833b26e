"""Limits on what anybody may ask for."""

import pytest

from domain.errors import RateLimited
from domain.request_limits import Limit, check_request

LIMIT = Limit("guests", most=3)


@pytest.mark.parametrize("count", [1, 3])
def test_request_within_the_limit_passes(count: int) -> None:
    check_request(LIMIT, count=count, seconds_left=10)


@pytest.mark.parametrize(("seconds_left", "retry_after"), [(10, 10), (0, 1), (-1, 1)])
def test_request_beyond_it_is_told_when_to_come_back(seconds_left: int, retry_after: int) -> None:
    with pytest.raises(RateLimited) as refused:
        check_request(LIMIT, count=4, seconds_left=seconds_left)
    assert refused.value.fields == {"retry_after": retry_after}
