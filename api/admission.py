"""Admission: how many orders a process places at a time, who waits, and who is sent away at once."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from api.admission_limit import AdaptiveLimit, LimitPolicy
from domain.errors import Overloaded

# Whoever is in line is served, unless everything stands still for this many times the longest wait.
_PATIENCE = 3
_LONGEST_PAUSE = 15.0


@dataclass(frozen=True)
class AdmissionPolicy:
    """How many at a time, and the seconds that the line outside may take."""

    limit: LimitPolicy = field(default_factory=LimitPolicy)
    max_wait: float = 2.5


class Admission:
    """Lets in as many as are served in good time; a short line waits outside, first come first served.

    Whether somebody waits is decided when they come: who would wait too long is refused at once, before
    anything was done for them, and who is in line keeps the place. A line has to be no longer than it takes
    to have somebody at hand when a place gets free; a longer one only makes everybody wait.
    """

    def __init__(
        self, policy: AdmissionPolicy | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._policy = policy or AdmissionPolicy()
        self._clock = clock
        self._rule = AdaptiveLimit(self._policy.limit)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._booked = 0.0
        self.inside = 0

    @property
    def limit(self) -> int:
        """How many may be inside now."""
        return self._rule.limit

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def check(self) -> None:
        """Raise Overloaded if somebody who came now would be sent away."""
        if not self._is_free() and self._expected_wait() > self._policy.max_wait:
            raise self._overloaded()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a place inside. Raises Overloaded when it would take, or took, too long to get one."""
        await self._enter()
        began, beside, placed = self._clock(), self.inside, False
        try:
            yield
            placed = True
        finally:
            inside = max(beside, self.inside)
            self._rule.note(began=began, ended=self._clock(), inside=inside, placed=placed)
            self._leave()

    async def _enter(self) -> None:
        if self._is_free():
            self.inside += 1
            return
        self.check()
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(_PATIENCE * self._policy.max_wait):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._leave()  # the turn came in the moment of giving up
            elif place in self._waiting:
                self._waiting.remove(place)
            if isinstance(error, TimeoutError):
                raise self._overloaded() from None
            raise

    def _is_free(self) -> bool:
        return self.inside < self.limit and not self._waiting

    def _expected_wait(self) -> float:
        """What is before one, served at the rate of the last ones."""
        return (len(self._waiting) + 1) * self._rule.interval

    def _leave(self) -> None:
        self.inside -= 1
        while self._waiting and self.inside < self.limit:
            place = self._waiting.popleft()
            if not place.done():
                self.inside += 1
                place.set_result(None)

    def _overloaded(self) -> Overloaded:
        """Those who are sent away are told to come back one by one, as fast as they can be served."""
        now = self._clock()
        self._booked = max(self._booked, now + self._expected_wait()) + self._rule.interval
        pause = min(_LONGEST_PAUSE, self._booked - now)
        self._booked = now + pause
        return Overloaded(
            "More orders come in than can be placed at the moment; please try again in a few seconds.",
            retry_after=max(1, math.ceil(pause)),
        )
