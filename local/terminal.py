"""What a person sees of the local stack: progress, news, addresses and logins."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.home import Home, read_json
from local.part import Part, Report, State

_NEWS = {
    State.ENDED: "yellow",
    State.FAILED: "red",
    State.READY: "green",
}


def console(*, error: bool = False) -> Console:
    """A console that does not break lines where nobody looks at a terminal."""
    width = None if (sys.stderr if error else sys.stdout).isatty() else 160
    return Console(stderr=error, highlight=False, width=width, soft_wrap=width is not None)


class Terminal:
    """The terminal of `orion up`."""

    def __init__(self, output: Console) -> None:
        self.output = output
        self._board: Board | None = None

    def say(self, message: str, style: str | None = None) -> None:
        """A line for the reader."""
        self.output.print(Text(message, style=style or ""))

    @contextmanager
    def board(self, parts: Sequence[Part]) -> Iterator[None]:
        """Show the parts coming up: a live table on a terminal, else a line for each that is ready."""
        board = Board(self.output, parts)
        self._board = board
        try:
            with board:
                yield
        finally:
            self._board = None

    def report(self, news: Report) -> None:
        """Show a part's news, on the board while there is one."""
        if self._board is not None:
            self._board.report(news)
        elif news.state in _NEWS:
            self.say(f"{_clock()}  {news.title} {news.detail}", _NEWS[news.state])
        elif news.state is State.STOPPED:
            how = f" ({news.detail})" if news.detail else ""
            self.say(f"  {news.title:<16} stopped in {news.seconds:.1f} s{how}", "dim")


class Board:
    """The parts with their state and the seconds each took."""

    def __init__(self, output: Console, parts: Sequence[Part]) -> None:
        self._output = output
        self._latest = {part.name: Report(part.name, part.title, State.STOPPED) for part in parts}
        self._begun: dict[str, float] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(get_renderable=self._table, console=output, refresh_per_second=12)

    def __enter__(self) -> None:
        if self._output.is_terminal:
            self._live.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._output.is_terminal:
            self._live.stop()

    def report(self, news: Report) -> None:
        self._latest[news.part] = news
        if news.state is State.STARTING:
            self._begun[news.part] = time.monotonic()
        if not self._output.is_terminal and news.state is not State.STARTING:
            self._output.print(Text(f"  {news.title:<16} {_state(news)}"))

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, news in self._latest.items():
            table.add_row("", self._mark(news), news.title, self._words(name, news))
        return table

    def _mark(self, news: Report) -> Text | Spinner:
        if news.state is State.STARTING:
            return self._spinner
        marks = {State.READY: ("✓", "green"), State.DONE: ("✓", "green"), State.FAILED: ("✗", "red")}
        return Text(*marks.get(news.state, ("·", "dim")))

    def _words(self, name: str, news: Report) -> Text:
        if news.state is State.STARTING:
            return Text(f"starting, {time.monotonic() - self._begun[name]:.0f} s", style="cyan")
        if news.state is State.STOPPED:
            return Text("waits", style="dim")
        return Text(_state(news), style="dim")


def _state(news: Report) -> str:
    return "failed" if news.state is State.FAILED else f"{news.state} in {news.seconds:.1f} s"


def addresses(stack: dict[str, Any]) -> Table:
    """Where to look and how to sign in, from what `stack.json` says."""
    table = Table.grid(padding=(0, 3))
    rows = [
        ("Shops", stack["api_url"], ""),
        ("Vendors' desk", f"{stack['api_url']}/vendor", ""),
        ("Platform", f"{stack['api_url']}/admin", ""),
        ("API", f"{stack['api_url']}/docs", ""),
        ("Orders in Temporal", f"{stack['temporal_ui_url']}/namespaces/{stack['temporal_namespace']}", ""),
        ("E-mails", stack["mail_url"], ""),
        ("Stripe sandbox", stack["stripe_url"], ""),
    ]
    demo = stack["demo"]
    logins = [
        ("Customer", demo["customer"]["email"], demo["customer"]["password"]),
        *((f"Vendor {each['vendor_code']}", each["email"], each["password"]) for each in demo["vendors"]),
        ("Admin", demo["admin"]["email"], demo["admin"]["password"]),
    ]
    for name, address, password in (*rows, ("", "", ""), *logins):
        table.add_row("", Text(name, style="bold"), Text(address, style="cyan"), Text(password))
    return table


def show_running(home: Home, terminal: Terminal) -> None:
    """Say that the stack runs, and where."""
    document = read_json(home.stack_file)
    if document is not None:
        terminal.say(f"The stack in {home.path} runs already.\n")
        terminal.output.print(addresses(document))


def _clock() -> str:
    return time.strftime("%H:%M:%S")
