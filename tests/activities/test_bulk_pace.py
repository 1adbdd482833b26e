"""The pace of bulk changes: a rate and a window, shared by all jobs of a process."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.bulk_pace import BulkPace


class Clock:
    """Time that moves when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_rate_bounds_what_is_begun_and_saves_nothing_up() -> None:
    clock = Clock()
    pace = BulkPace(window=100, rate=10.0, clock=clock)
    with pace.job():
        assert pace.room(0) == 0
        clock.now += 0.5
        assert pace.room(0) == 5
        pace.begun(5)
        assert pace.room(0) == 0
        clock.now += 3600.0
        assert pace.room(0) == 10


def test_slow_rates_begin_one_after_the_other() -> None:
    clock = Clock()
    pace = BulkPace(window=4, rate=0.5, clock=clock)
    with pace.job():
        clock.now += 1.0
        assert pace.room(0) == 0
        clock.now += 1.0
        assert pace.room(0) == 1


def test_window_is_shared_among_jobs_and_leaves_each_one_order() -> None:
    clock = Clock()
    pace = BulkPace(window=4, rate=100.0, clock=clock)
    with pace.job():
        clock.now += 1.0
        assert pace.room(1) == 3
        with pace.job():
            assert pace.room(1) == 1
            assert pace.room(2) == 0
        assert pace.room(4) == 0


def test_beyond_so_many_jobs_the_others_wait() -> None:
    pace = BulkPace(window=4, rate=1.0)
    entered = [pace.job() for _ in range(9)]
    for job in entered[:8]:
        job.__enter__()
    with pytest.raises(ApplicationError) as refused, entered[8]:
        pass
    assert refused.value.type == "bulk_changes_busy"
    assert not refused.value.non_retryable
    entered[0].__exit__(None, None, None)
    with pace.job():
        pass
