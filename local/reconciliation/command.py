"""The command: start or resume, show, and stop on Ctrl-C so that it can be resumed."""

import asyncio
import json
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from rich.live import Live
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client

from db.queries import findings
from db.queries.findings import OpenFinding
from db.session import Database
from local.errors import StackError
from local.home import Home
from local.reconciliation import runs
from local.reconciliation.deployment import connect, deployment
from local.reconciliation.report import document, findings_list, table, under_way
from local.terminal import Terminal, console
from settings import Settings
from workflows.reconciliation_messages import Progress

_STOPPED = 130


@dataclass(frozen=True)
class Wish:
    """What is asked for: a new walk unless one of `resume` and `stop`."""

    resume: bool = False
    now: bool = False
    stop: bool = False


def run_reconciliation(home: Home, wish: Wish, *, as_json: bool) -> int:
    """Run it; 0 when nothing needs attention, 1 when something does, 130 when it was stopped."""
    return asyncio.run(_run(deployment(home), wish, as_json=as_json))


async def _run(settings: Settings, wish: Wish, *, as_json: bool) -> int:
    client = await connect(settings)
    terminal = Terminal(console(error=as_json))
    if wish.stop:
        await runs.stop(client)
        terminal.say("It stops; `orion reconcile --resume` goes on from there.")
        return 0
    handle = await (
        runs.resume(client, settings) if wish.resume else runs.start(client, settings, now=wish.now)
    )
    progress = await _watch(client, handle, terminal)
    found = await _open_findings(settings)
    if as_json:
        print(json.dumps(document(progress, found), indent=2))
    else:
        _tell(terminal, progress, found)
    if not progress.is_done:
        return _STOPPED
    return 1 if progress.attention else 0


async def _watch(client: Client, handle: runs.Handle, terminal: Terminal) -> Progress:
    """Show the walk until its end; the first Ctrl-C stops it."""
    loop = asyncio.get_running_loop()
    stopping: list[asyncio.Task[None]] = []

    def interrupted() -> None:
        if not stopping:
            stopping.append(loop.create_task(runs.stop(client)))

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        with Live(console=terminal.output, transient=True, auto_refresh=False) as live:

            def show(progress: Progress | None) -> None:
                if terminal.output.is_terminal:
                    live.update(under_way(progress), refresh=True)

            ended = await runs.watch(handle, show)
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    await asyncio.gather(*stopping, return_exceptions=True)  # it may have ended by itself meanwhile
    return ended


async def _open_findings(settings: Settings) -> Sequence[OpenFinding]:
    database = Database(settings.database_url, pool_size=1)
    try:
        async with database.platform() as session:
            return await findings.list_open(session)
    except (OSError, DBAPIError) as error:
        raise StackError("The database with the findings does not answer.") from error
    finally:
        await database.close()


def _tell(terminal: Terminal, progress: Progress, found: Sequence[OpenFinding]) -> None:
    terminal.output.print(table(progress))
    if found:
        terminal.say("\nNeeds attention:", "bold red")
        terminal.output.print(findings_list(found))
    if not progress.is_done:
        terminal.say("\nStopped; `orion reconcile --resume` goes on from here.", "yellow")
    elif not progress.attention:
        terminal.say("\nNothing needs attention.", "green")
