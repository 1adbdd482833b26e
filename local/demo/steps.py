"""Showing the demo's steps as they happen."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text


class Step:
    """A step under way; `result` is what is said of it in the end."""

    def __init__(self) -> None:
        self.result = ""


class Steps:
    """Numbers no steps, but says how long each took and what came of it."""

    def __init__(self, output: Console) -> None:
        self._output = output
        self._begun = time.monotonic()

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self._output.print()
        self._output.print(Text(title, style="bold"))

    @contextmanager
    def step(self, title: str, waits_for: str | None = None) -> Iterator[Step]:
        """Do one step; on a terminal `waits_for` stands beside a spinner until it is done."""
        step = Step()
        begun = time.monotonic()
        waiting = f"{title} … waiting for {waits_for}" if waits_for else title
        try:
            with self._output.status(Text(waiting)):
                yield step
        except Exception:
            self._line("✗", "red", title, begun, "")
            raise
        self._line("✓", "green", title, begun, step.result)

    def total(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._begun

    def say(self, text: str) -> None:
        """A line beside the steps."""
        self._output.print(Text(text))

    def _line(self, mark: str, style: str, title: str, begun: float, result: str) -> None:
        seconds = f"{time.monotonic() - begun:6.2f} s"
        line = Text.assemble(
            f"  {seconds}  ", (mark, style), f" {title}", (f"  {result}" if result else "", "dim")
        )
        self._output.print(line)
