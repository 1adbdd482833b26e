"""Admission: how many orders a process places at a time, who waits, and who is sent away at once."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.errors import Overloaded

_SHRINK = 0.8
_MEMORY = 0.1  # how much the newest duration moves the mean


@dataclass(frozen=True)
class AdmissionPolicy:
    """Bounds on what happens at a time.

    `target` and `max_wait` are seconds: how long one may take before fewer are let in, and how long somebody
    may have to wait for a turn. The limit begins at `start` and stays between `least` and `most`.
    """

    target: float = 2.0
    max_wait: float = 8.0
    start: int = 64
    least: int = 4
    most: int = 256


class Admission:
    """Lets in as many as are served within the target, first come first served.

    Beyond capacity more work at a time makes everybody's slower until all of them time out. So the limit
    shrinks by a fifth when somebody took longer than the target, and grows by one for each full round that
    did not (additive increase, multiplicative decrease, as in TCP's congestion control, RFC 5681). Who would
    wait too long is refused before anything was done for them.
    """

    def __init__(
        self, policy: AdmissionPolicy | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._policy = policy or AdmissionPolicy()
        self._clock = clock
        self._limit = float(self._policy.start)
        self._shrunk_at = -math.inf
        self._mean = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.inside = 0

    @property
    def limit(self) -> int:
        """How many may be inside now."""
        return int(self._limit)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a place inside. Raises Overloaded when it would take, or took, too long to get one."""
        await self._enter()
        began = self._clock()
        try:
            yield
        finally:
            self._note(began)
            self._leave()

    async def _enter(self) -> None:
        if self.inside < self.limit and not self._waiting:
            self.inside += 1
            return
        wait = self._expected_wait()
        if wait > self._policy.max_wait:
            raise _overloaded(wait)
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(self._policy.max_wait):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._leave()  # the turn came in the moment of giving up
            elif place in self._waiting:
                self._waiting.remove(place)
            if isinstance(error, TimeoutError):
                raise _overloaded(self._expected_wait()) from None
            raise

    def _expected_wait(self) -> float:
        """By Little's law: what is before one, served at the rate of the last ones."""
        return (len(self._waiting) + 1) * self._mean / self.limit

    def _note(self, began: float) -> None:
        policy, now = self._policy, self._clock()
        took = now - began
        self._mean = took if self._mean == 0 else self._mean + _MEMORY * (took - self._mean)
        if took > policy.target:
            # Who began before the last change says nothing about it.
            if began >= self._shrunk_at:
                self._limit = max(policy.least, self._limit * _SHRINK)
                self._shrunk_at = now
        elif self.inside * 2 >= self.limit:
            self._limit = min(policy.most, self._limit + 1 / self._limit)

    def _leave(self) -> None:
        self.inside -= 1
        while self._waiting and self.inside < self.limit:
            place = self._waiting.popleft()
            if not place.done():
                self.inside += 1
                place.set_result(None)


def _overloaded(wait: float) -> Overloaded:
    return Overloaded(
        "More orders come in than can be placed at the moment; please try again in a few seconds.",
        retry_after=max(1, math.ceil(wait)),
    )
