"""A part of the stack: what to run, when it is ready, how to stop it."""

import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from pathlib import Path

from local.errors import StackError

_TAIL_LINES = 15
_TAIL_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group of a process."""

    uid: int
    gid: int


class NotReady(Exception):  # noqa: N818 -- no failure: it says what is still missing
    """A part is not ready yet; the text says what is missing."""


class PartError(StackError):
    """A part could not be started."""


async def nothing() -> None:
    """What most parts need before and after their start."""


async def at_once(pid: int) -> None:
    """The check of a part that is ready as soon as it runs."""
    del pid


@dataclass(frozen=True, kw_only=True)
class Part:
    """A process of the stack, or with `one_shot` a command that has to succeed once.

    `after` names the parts that have to be ready before. `ready` raises NotReady until the process with
    that id serves; `patience` bounds, in seconds, how long that may take. `account` is whom to run
    as when that is not ourselves.
    """

    name: str
    title: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    after: tuple[str, ...] = ()
    one_shot: bool = False
    ready: Callable[[int], Awaitable[None]] = at_once
    prepare: Callable[[], Awaitable[None]] = nothing
    finish: Callable[[], Awaitable[None]] = nothing
    patience: float = 120.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_patience: float = 10.0
    account: Account | None = None


class State(StrEnum):
    """What can be said of a part."""

    STARTING = auto()
    READY = auto()
    DONE = auto()
    FAILED = auto()
    ENDED = auto()
    RESTARTING = auto()
    STOPPED = auto()


@dataclass(frozen=True, slots=True)
class Report:
    """News of a part: its state, seconds since it was begun, and a word for the reader."""

    part: str
    title: str
    state: State
    seconds: float = 0.0
    detail: str = ""


Reporter = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before starting a part again; all in seconds."""

    first: float = 0.5
    longest: float = 30.0
    healthy_after: float = 60.0

    def delays(self) -> "Delays":
        """The delays of one part."""
        return Delays(self)


@dataclass(slots=True)
class Delays:
    """The delays of one part, doubling with every early death."""

    backoff: Backoff
    _next: float = field(default=0.0)

    def after(self, lasted: float) -> float:
        """The delay after a run of `lasted` seconds."""
        if lasted >= self.backoff.healthy_after or self._next == 0.0:
            self._next = self.backoff.first
        delay = self._next
        self._next = min(self._next * 2, self.backoff.longest)
        return delay


def tail(log: Path) -> str:
    """The last lines of a log, indented; empty when there are none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])
