"""How many orders a process places at a time, learned from how long they take; no clock and no I/O."""

import math
from dataclasses import dataclass

_MOST_SHRUNK = 0.5
_MEMORY = 0.1  # how much the newest duration moves a mean
_GAP_MEMORY = 0.05  # gaps between orders differ more than their durations
_LONGEST_ALONE = 2.0


@dataclass(frozen=True)
class LimitPolicy:
    """`delay` is how many seconds more than with hardly anybody beside it an order may take.

    The limit begins at `start` and stays between `least`, which is hardly anybody, and `most`.
    """

    delay: float = 0.5
    start: int = 20
    least: int = 4
    most: int = 256


class AdaptiveLimit:
    """As many as make an order take no more than the delay longer than it would take almost alone.

    Beyond what the machines can do, more at a time make nothing faster and everybody slower (Little's law).
    So after each round, that is as many as may be inside, the limit shrinks by the ratio by which they took
    too long, by a half at the most, or grows by its square root if all of it was needed. How long an order
    takes almost alone is learned in quiet moments and whenever the limit is at its least, so that a slow
    payment provider is not taken for a crowd (as in TCP Vegas; Netflix and Envoy limit concurrency so). It is
    the round's mean that counts: a lock or a lost task holds up single orders however few are inside.
    """

    def __init__(self, policy: LimitPolicy) -> None:
        self._policy = policy
        self._limit = float(policy.start)
        self._changed = -math.inf
        self._durations: list[float] = []
        self._was_full = False
        self._alone = 0.0
        self._interval = policy.delay / policy.start
        self._gaps = 1
        self._left_at: float | None = None

    @property
    def limit(self) -> int:
        """How many may be inside now."""
        return int(self._limit)

    @property
    def target(self) -> float:
        """How long an order should take now, on average."""
        return min(self._alone, _LONGEST_ALONE) + self._policy.delay

    @property
    def interval(self) -> float:
        """Seconds from one order to the next when all places are taken."""
        return self._interval

    def note(self, *, began: float, ended: float, inside: int, placed: bool) -> None:
        """One was inside from `began` to `ended`, with `inside` of them at the most, itself included."""
        took = ended - began
        self._note_gap(ended, busy=inside >= self.limit)
        if placed and inside <= self._policy.least:
            self._alone = _moved(self._alone, took)
        # Who began before the last change says nothing about it.
        if began < self._changed:
            return
        self._durations.append(took)
        self._was_full = self._was_full or inside >= self.limit
        if len(self._durations) >= self.limit:
            self._conclude(ended)

    def _note_gap(self, ended: float, *, busy: bool) -> None:
        """Measured, because durations tell of a limit that is over: by them a line would take longest just
        when fewer have been let in.
        """
        if busy and self._left_at is not None:
            self._gaps += 1
            memory = max(_GAP_MEMORY, 1 / self._gaps)  # the first guess counts as one gap
            self._interval = _moved(self._interval, max(0.0, ended - self._left_at), memory=memory)
        self._left_at = ended if busy else None

    def _conclude(self, now: float) -> None:
        policy, mean = self._policy, math.fsum(self._durations) / len(self._durations)
        if mean > self.target:
            self._limit = max(policy.least, self._limit * max(_MOST_SHRUNK, self.target / mean))
            self._changed = now
        elif self._was_full:
            self._limit = min(policy.most, self._limit + math.sqrt(self._limit))
        self._durations, self._was_full = [], False


def _moved(mean: float, newest: float, *, memory: float = _MEMORY) -> float:
    return mean + memory * (newest - mean)
