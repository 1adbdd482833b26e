"""A whole local stack for one run, with the bare worker beside it; nothing is left of either."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.bare import TASK_QUEUE
from bench.processes import TWIN
from local.credentials import Credentials
from local.home import Home
from local.identity import ProcessIdentity
from local.part import Backoff, Part, PartError, Report, State
from local.ports import choose_ports
from local.postgres_account import delete_outside
from local.readiness import TemporalProbe
from local.stack import NAMESPACE, Stack
from local.supervisor import Supervisor
from local.terminal import Terminal

BARE_WORKER = "bare worker"
_METRICS = "ORION_WORKER_METRICS_ADDRESS"  # one process can listen there
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Orders that rounds leave unpaid must not ask Stripe for their payment in the midst of another round.
_POLL_FIRST = 86_400.0
_LEFT_OUT = frozenset({"seed"})


class PrivateStack:
    """Real parts as `orion up` runs them, without demo shops, on free ports in a temporary directory.

    A signal breaks off the task that entered; a second one kills everything. Raises StackError when a part
    does not come up. After an error the directory is kept for its logs, and one that is given always.
    `left_out` are parts that are not needed, `more` makes some that the stack itself does not have, and
    `backoff` is how long a part that ended stays away.
    """

    def __init__(
        self,
        terminal: Terminal,
        *,
        poll_first: float = _POLL_FIRST,
        beside_bare: bool = True,
        directory: Path | None = None,
        left_out: frozenset[str] = _LEFT_OUT,
        more: Callable[[Stack], list[Part]] = lambda _: [],
        backoff: Backoff | None = None,
    ) -> None:
        self._terminal = terminal
        self._poll_first = poll_first
        self._beside_bare = beside_bare
        self._directory = directory
        self._left_out = left_out
        self._more = more
        self._backoff = backoff
        self._processes: dict[str, ProcessIdentity] = {}
        self._ended: list[str] = []
        self._guests: Supervisor | None = None
        self._interrupted = False

    async def __aenter__(self) -> Self:
        self._home = Home(self._directory or Path(tempfile.mkdtemp(prefix="orion-bench-")))
        self._home.create()
        # What is set for the user's own stack is not for this one.
        os.chdir(self._home.path)
        for name in [name for name in os.environ if name.startswith("ORION_PORT_")]:
            del os.environ[name]
        os.environ["ORION_PORTS"] = "auto"
        self.stack = Stack(self._home, choose_ports(), Credentials.of(self._home))
        parts = self.parts()
        self._parts = {part.name: part for part in parts}
        self._one_shots = {part.name for part in parts if part.one_shot}
        logs = self._home.data("logs")
        self._supervisor = Supervisor(
            parts, logs=logs, report=self.hear, changed=self._know, backoff=self._backoff
        )
        self._listen()
        await self.open()
        try:
            with self._terminal.board(parts):
                await self._supervisor.start()
        except BaseException as error:
            await self._end(failed=isinstance(error, Exception))
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end(failed=isinstance(error, Exception))

    @property
    def pids(self) -> dict[str, int]:
        """The processes by part, with the load generator, which is this one."""
        processes = self._processes.items()
        running = {name: process.pid for name, process in processes if name not in self._one_shots}
        return running | {"generator": os.getpid()}

    def process(self, part: str) -> ProcessIdentity:
        """The newest process of a part; it may have ended."""
        return self._processes[part]

    @property
    def ended(self) -> Counter[str]:
        """How often each part has ended since the start."""
        return Counter(self._ended)

    def check(self) -> None:
        """Raise PartError when a part has ended since the start: what was measured means nothing then."""
        if self._ended:
            raise PartError(f"These parts ended while being measured: {', '.join(self._ended)}.")

    @asynccontextmanager
    async def workers(self, count: int) -> AsyncIterator[None]:
        """Let so many workers run for a while, in all."""
        worker = self._parts["worker"]
        environment = {name: value for name, value in worker.environment.items() if name != _METRICS}
        guests = [
            replace(worker, name=f"worker{TWIN}{number}", after=(), environment=environment)
            for number in range(2, count + 1)
        ]
        self._guests = Supervisor(
            guests, logs=self._home.logs, report=self._note, changed=self._know, backoff=self._backoff
        )
        try:
            await self._guests.start()
            yield
        finally:
            await self._guests.stop()
            self._guests = None
            for guest in guests:
                self._processes.pop(guest.name, None)

    async def open(self) -> None:
        """What has to be there before the parts."""

    async def close(self) -> None:
        """The opposite of `open`, once the parts have stopped."""

    def parts(self) -> list[Part]:
        """What runs."""
        parts = {part.name: part for part in self.stack.parts() if part.name not in self._left_out}
        api = parts["api"]
        environment = {**api.environment, "ORION_PAYMENT_POLL_FIRST": str(self._poll_first)}
        parts["api"] = replace(api, environment=environment)
        if not self._beside_bare:
            return [*parts.values(), *self._more(self.stack)]
        address = self.stack.temporal_address
        bare = Part(
            name=BARE_WORKER,
            title="Bare worker",
            command=[sys.executable, "-m", "bench.bare_worker", address, NAMESPACE],
            environment=self.stack.environment(),
            directory=self._home.path,
            after=("temporal",),
            ready=TemporalProbe(address, NAMESPACE, TASK_QUEUE).is_polled_by,
        )
        return [*parts.values(), bare, *self._more(self.stack)]

    def hear(self, news: Report) -> None:
        """Note and show what becomes of a part."""
        self._note(news)
        if news.state is not State.STOPPED:
            self._terminal.report(news)

    def _note(self, news: Report) -> None:
        if news.state is State.ENDED:
            self._ended.append(news.part)

    def _know(self, processes: Mapping[str, ProcessIdentity]) -> None:
        self._processes |= processes

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        owner = asyncio.current_task()

        def interrupt(number: signal.Signals) -> None:
            self._terminal.say(f"{number.name} …")
            if self._interrupted or owner is None:
                self._supervisor.kill()
                if self._guests is not None:
                    self._guests.kill()
            else:
                self._interrupted = True
                owner.cancel()

        for number in _SIGNALS:
            loop.add_signal_handler(number, interrupt, number)

    async def _end(self, *, failed: bool) -> None:
        self._interrupted = True  # from here on a signal must not break off the stopping
        self._terminal.say("Stopping …")
        await self._supervisor.stop()
        await self.close()
        os.chdir("/")
        if self._directory is not None:
            return
        delete_outside(self._home)
        if failed:
            self._terminal.say(f"Logs are in {self._home.logs}.")
        else:
            shutil.rmtree(self._home.path)
