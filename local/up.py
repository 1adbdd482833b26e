"""`orion up`: one process that starts the stack, stays with it and stops it."""

import asyncio
import os
import signal
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from db.session import Database
from local import running
from local.catalogue.loader import load_catalogue
from local.credentials import Credentials
from local.errors import StackError
from local.home import Home, write_json
from local.identity import ProcessIdentity
from local.logins import logins
from local.ports import choose_ports
from local.postgres import APPLICATION
from local.stack import Stack
from local.supervisor import Supervisor
from local.terminal import Terminal, addresses, show_running


class Run:
    """One run of the stack; `show_addresses` prints them once everything is ready."""

    def __init__(self, home: Home, terminal: Terminal, *, show_addresses: bool = True) -> None:
        self._home = home
        self._terminal = terminal
        self._show_addresses = show_addresses
        self._stack = Stack(home, choose_ports(), Credentials.of(home))
        self._demo: dict[str, Any] | None = None
        self._pids: dict[str, int] = {}
        parts = self._stack.parts()
        self._parts = parts
        self._supervisor = Supervisor(
            parts, logs=home.logs, report=terminal.report, changed=self._write_processes
        )
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """Start, stay until a signal comes, stop; returns the exit code."""
        self._listen_to_signals()
        try:
            if not await self._start():
                return 130
            await self._stop.wait()
            self._terminal.say("Stopping …")
        except StackError as error:
            self._terminal.say(str(error), "red")
            return 1
        finally:
            self._home.stack_file.unlink(missing_ok=True)
            await self._supervisor.stop()
            self._home.processes_file.unlink(missing_ok=True)
        return 0

    async def _start(self) -> bool:
        """Bring everything up; False when a signal came before."""
        self._write_processes({})
        self._say_where_data_is()
        with self._terminal.board(self._parts):
            starting = asyncio.create_task(self._supervisor.start())
            stopped = asyncio.create_task(self._stop.wait())
            await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not starting.done():
                starting.cancel()
                await asyncio.wait({starting})
                return False
            starting.result()
        database = Database(self._stack.postgres.url(APPLICATION), pool_size=1)
        try:
            self._demo = await logins(database, load_catalogue())
        finally:
            await database.close()
        self._write_stack()
        if self._show_addresses:
            self._terminal.output.print()
            self._terminal.output.print(addresses(self._document()))
            self._terminal.say(f"\nLogs are in {self._home.logs}. Ctrl-C or `make down` stops everything.")
        return True

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop_or_kill)

    def _stop_or_kill(self) -> None:
        if self._stop.is_set():
            self._terminal.say("Killing everything.", "red")
            self._supervisor.kill()
        self._stop.set()

    def _say_where_data_is(self) -> None:
        postgres = self._stack.postgres
        if not postgres.directory.is_relative_to(self._home.path):
            self._terminal.output.print(
                Text(
                    f"PostgreSQL's data is in {postgres.directory}: root may not run it,"
                    f" and its account cannot reach {self._home.path}."
                )
            )

    def _document(self) -> dict[str, Any]:
        return self._stack.document(self._pids, self._demo or {})

    def _write_processes(self, processes: Mapping[str, ProcessIdentity]) -> None:
        me = ProcessIdentity.of(os.getpid())
        document = {
            "supervisor": me.to_json() if me else None,
            "parts": {name: identity.to_json() for name, identity in processes.items()},
        }
        write_json(self._home.processes_file, document)
        one_shots = {part.name for part in self._parts if part.one_shot}
        self._pids |= {name: identity.pid for name, identity in processes.items() if name not in one_shots}
        if self._demo is not None and not self._stop.is_set():
            self._write_stack()

    def _write_stack(self) -> None:
        write_json(self._home.stack_file, self._document())


def run_stack(home: Home, terminal: Terminal, *, show_addresses: bool = True) -> int:
    """Run the stack in this process until it is stopped; returns the exit code.

    A stack that runs already is left alone: its addresses are shown. Raises StackError when it cannot
    begin.
    """
    while True:
        with home.lock() as mine:
            if mine:
                left = running.clear_leftovers(home)
                if left:
                    terminal.say(f"Stopped what an earlier run left behind: {', '.join(left)}.")
                _keep_previous_logs(home)
                return asyncio.run(_run(home, terminal, show_addresses=show_addresses))
        if running.wait_for_stack(home):
            show_running(home, terminal)
            return 0


async def _run(home: Home, terminal: Terminal, *, show_addresses: bool) -> int:
    return await Run(home, terminal, show_addresses=show_addresses).run()


def _keep_previous_logs(home: Home) -> None:
    """Begin new logs, keeping those of the run before."""
    for log in home.data("logs").glob("*.log"):
        if log.name != "supervisor.log":
            log.replace(log.with_suffix(".log.1"))
