"""How fast one process changes orders in bulk, so that shoppers find room beside it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError

# A shift holds a slot that other steps need as well.
_MOST_JOBS = 8
_BUSY = timedelta(seconds=2)


class BulkPace:
    """All jobs of a process together begin at most `rate` orders a second, and each has its share of the
    `window` of orders that may be under way at a time.
    """

    def __init__(self, *, window: int, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._rate = rate
        self._clock = clock
        self._jobs = 0
        self._allowed = 0.0
        self._counted_at = clock()

    @contextmanager
    def job(self) -> Iterator[None]:
        """Count a job that is worked on. Raises ApplicationError, to try again, when there are too many."""
        if self._jobs >= _MOST_JOBS:
            raise ApplicationError(
                "waits for other bulk changes", type="bulk_changes_busy", next_retry_delay=_BUSY
            )
        self._jobs += 1
        try:
            yield
        finally:
            self._jobs -= 1

    def room(self, under_way: int) -> int:
        """How many orders a job may begin that has so many under way."""
        now = self._clock()
        # What was not used is not saved up beyond a second.
        self._allowed = min(self._allowed + (now - self._counted_at) * self._rate, max(1.0, self._rate))
        self._counted_at = now
        share = max(1, self._window // max(1, self._jobs))
        return max(0, min(share - under_way, int(self._allowed)))

    def begun(self, number: int) -> None:
        """Count what was begun."""
        self._allowed -= number
