"""Killing, freezing and restarting the parts of a stack while it is at work."""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from types import TracebackType
from typing import Self

import psutil

from bench.chaos.rough_stack import MORTAL, RoughStack

# Seconds between two cuts of each wire, on average.
ROUGHNESS = {"api": 1.5, "postgres": 1.5, "temporal": 3.0, "stripe": 2.0, "mail": 2.0}
_BACK_WITHIN = 120.0


class How(StrEnum):
    """What happens to a part."""

    KILLED = "killed"
    FROZEN = "frozen"
    RESTARTED = "restarted"


@dataclass(frozen=True)
class Misfortune:
    """A part, and what happens to it."""

    part: str
    how: How


DECK: tuple[Misfortune, ...] = tuple(Misfortune(part, how) for part in MORTAL for how in How)


@dataclass
class Deaths:
    """Deals misfortunes from a shuffled deck, over and over, for as long as the context lasts.

    It lasts until `least` were dealt; afterwards every part serves again, and the wires are calm. `pause` is
    about how many seconds lie between two of them, `frozen` how many a frozen part stands still at most, and
    `at_once` how many parts may be away at a time, however slowly a busy machine brings them back.
    """

    stack: RoughStack
    dice: Random
    least: int = len(DECK)
    deck: Sequence[Misfortune] = DECK
    pause: float = 2.0
    frozen: float = 7.0
    at_once: int = 3
    happened: Counter[Misfortune] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    _waiting: list[Misfortune] = field(default_factory=list)
    _standing: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        for name, wire in self.stack.wires.items():
            wire.roughen(ROUGHNESS[name])
        self._enough = asyncio.Event()
        self._dealing = asyncio.create_task(self._deal())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                enough = asyncio.create_task(self._enough.wait())
                await asyncio.wait({enough, self._dealing}, return_when=asyncio.FIRST_COMPLETED)
                enough.cancel()
        finally:
            failure = self._dealing.exception() if self._dealing.done() else None
            await _end([self._dealing, *self._standing.values()])
            for wire in self.stack.wires.values():
                wire.calm()
        if failure is not None:
            raise failure
        if error is None:
            await self._see_everything_back()

    @property
    def ended(self) -> Counter[str]:
        """How often each part had to end by what happened to it."""
        ended = Counter[str]()
        for misfortune, times in self.happened.items():
            ended[misfortune.part] += times * (misfortune.how is not How.FROZEN)
        return ended

    async def _deal(self) -> None:
        while True:
            await asyncio.sleep(self.pause * (0.4 + 1.2 * self.dice.random()))
            misfortune = self._next()
            if misfortune is None:
                continue
            self._befall(misfortune)
            if self.happened.total() >= self.least:
                self._enough.set()

    def _next(self) -> Misfortune | None:
        """The next card of the deck whose part is up; it waits for its turn where the part is down."""
        away = sum(part in self._standing or not self.stack.serves(part) for part in MORTAL)
        if away >= self.at_once:
            return None
        if not self._waiting:
            self._waiting = self.dice.sample(self.deck, len(self.deck))
        for misfortune in self._waiting:
            part = misfortune.part
            if part in self._standing or not self.stack.serves(part):
                continue
            if self.stack.process(part).is_alive():
                self._waiting.remove(misfortune)
                return misfortune
        return None

    def _befall(self, misfortune: Misfortune) -> None:
        part, how = misfortune.part, misfortune.how
        self.happened[misfortune] += 1
        match how:
            case How.KILLED:
                _send(self._tree(part), signal.SIGKILL)
            case How.RESTARTED:
                identity = self.stack.process(part)
                _send([psutil.Process(identity.pid)], identity.stop_signal)
            case How.FROZEN:
                seconds = 1 + (self.frozen - 1) * self.dice.random()
                task = asyncio.create_task(self._freeze(part, seconds))
                self._standing[part] = task
                task.add_done_callback(lambda _: self._standing.pop(part))
        if how is not How.FROZEN:
            self.stack.forget(part)

    async def _freeze(self, part: str, seconds: float) -> None:
        tree = self._tree(part)
        try:
            _send(tree, signal.SIGSTOP)
            await asyncio.sleep(seconds)
        finally:
            _send(tree, signal.SIGCONT)

    def _tree(self, part: str) -> list[psutil.Process]:
        """A part's processes: PostgreSQL has one for each connection, in sessions of their own."""
        first = psutil.Process(self.stack.process(part).pid)
        return [first, *first.children(recursive=True)]

    async def _see_everything_back(self) -> None:
        for part in MORTAL:
            try:
                async with asyncio.timeout(_BACK_WITHIN):
                    await self.stack.ready(part)
            except TimeoutError:
                self.missing.append(part)


def _send(processes: Sequence[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
