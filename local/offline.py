"""A part of the local stack, without API and worker: for what must have the database to itself."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from local import running
from local.credentials import Credentials
from local.errors import StackError
from local.home import Home, write_json
from local.identity import ProcessIdentity
from local.ports import choose_ports
from local.stack import Stack
from local.supervisor import Supervisor
from local.terminal import Terminal


@asynccontextmanager
async def parts_running(home: Home, names: frozenset[str], terminal: Terminal) -> AsyncIterator[Stack]:
    """The named parts of the home's stack, started now and stopped afterwards.

    Raises StackError while the stack runs, and for a home that never had one.
    """
    if not home.secrets_file.exists():
        raise StackError(f"{home.path} is no home of a stack.")
    with home.lock() as mine:
        if not mine:
            raise StackError(f"The stack in {home.path} runs: stop it with `orion down` first.")
        running.clear_leftovers(home)
        stack = Stack(home, choose_ports(), Credentials.of(home))
        parts = [
            replace(part, after=tuple(name for name in part.after if name in names))
            for part in stack.parts()
            if part.name in names
        ]

        def remember(processes: Mapping[str, ProcessIdentity]) -> None:
            me = ProcessIdentity.of(os.getpid())
            document = {
                "supervisor": me.to_json() if me else None,
                "parts": {name: identity.to_json() for name, identity in processes.items()},
            }
            write_json(home.processes_file, document)

        home.data("logs")
        supervisor = Supervisor(parts, logs=home.logs, report=terminal.report, changed=remember)
        try:
            with terminal.board(parts):
                await supervisor.start()
            yield stack
        finally:
            await supervisor.stop()
            home.processes_file.unlink(missing_ok=True)
