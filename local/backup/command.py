"""The commands: on the stack of this home, or on the deployment that the settings name."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local import offline
from local.backup.backing_up import back_up, default_name
from local.backup.restoring import IDS_AHEAD, INVOICES_AHEAD, Restored, restore
from local.backup.sidecar import sidecar_of
from local.backup.target import Target, deployment, embedded
from local.catching_up.command import catch_up
from local.catching_up.report import document, summary
from local.catching_up.walk import CaughtUp
from local.home import Home
from local.terminal import Terminal, console
from settings import Settings

_STORES = frozenset({"postgres", "temporal", "stripe"})


def run_backup(home: Home, file: Path | None, superuser_url: str | None) -> None:
    """Back up to the file, or to one named after the time; raises StackError."""
    asyncio.run(_back_up(home, file, superuser_url))


async def _back_up(home: Home, file: Path | None, superuser_url: str | None) -> None:
    terminal = Terminal(console())
    path = (file or Path(default_name(datetime.now(UTC)))).absolute()
    target = deployment(Settings(), superuser_url)
    if target is not None or home.is_running():
        await _told(target or embedded(home), path, terminal)
        return
    async with offline.parts_running(home, frozenset({"postgres"}), terminal):
        await _told(embedded(home), path, terminal)


async def _told(target: Target, path: Path, terminal: Terminal) -> None:
    begun = time.monotonic()
    taken = await back_up(target, path, terminal.say)
    took = time.monotonic() - begun
    terminal.say(
        f"{path}: {taken.size / 1e6:,.1f} MB, {sum(taken.rows.values()):,} rows as of"
        f" {taken.taken_at:%Y-%m-%d %H:%M:%S} UTC, checked, in {took:.1f} s.\nKeep it together with"
        f" {sidecar_of(path).name}.",
        "green",
    )


def run_restore(home: Home, file: Path, superuser_url: str | None, *, as_json: bool) -> int:
    """Restore the file and catch up; 0 when nothing needs attention, else 1. Raises StackError."""
    return asyncio.run(_restore(home, file.absolute(), superuser_url, as_json=as_json))


async def _restore(home: Home, file: Path, superuser_url: str | None, *, as_json: bool) -> int:
    terminal = Terminal(console(error=as_json))
    target = deployment(Settings(), superuser_url) or embedded(home)
    async with at_rest(home, terminal) as settings:
        begun = time.monotonic()
        restored = await restore(target, file, terminal.say)
        took = time.monotonic() - begun
        _tell_restored(terminal, restored, target, took)
        done = await catch_up(settings, restored.taken_at, terminal.say)
    facts = {
        "former_database": restored.former,
        "rows": restored.rows,
        "seconds": round(took, 1),
        "taken_at": restored.taken_at.isoformat() if restored.taken_at else None,
    }
    return _tell(terminal, done, as_json=as_json, restored=facts)


def run_catch_up(home: Home, since: datetime | None, *, as_json: bool) -> int:
    """Catch up a database that was restored already; 0 when nothing needs attention, else 1."""
    return asyncio.run(_catch_up(home, since, as_json=as_json))


async def _catch_up(home: Home, since: datetime | None, *, as_json: bool) -> int:
    terminal = Terminal(console(error=as_json))
    async with at_rest(home, terminal) as settings:
        done = await catch_up(settings, since, terminal.say)
    return _tell(terminal, done, as_json=as_json)


@asynccontextmanager
async def at_rest(home: Home, terminal: Terminal) -> AsyncIterator[Settings]:
    """The settings of the deployment, or those of this home's stores, which run without API and worker."""
    settings = Settings()
    if "database_url" in settings.model_fields_set:
        yield settings
        return
    async with offline.parts_running(home, _STORES, terminal) as stack:
        own = {
            name.removeprefix("ORION_").lower(): value
            for name, value in stack.environment().items()
            if name.startswith("ORION_")
        }
        yield Settings(_env_file=None, **own)  # type: ignore[arg-type]  # read as from variables


def _tell_restored(terminal: Terminal, restored: Restored, target: Target, took: float) -> None:
    terminal.say(f"{target.database} is restored: {restored.rows:,} rows in {took:.1f} s.", "green")
    terminal.say(f"Ids go on {IDS_AHEAD:,} further, in {restored.sequences} sequences.")
    terminal.say(f"Numbers of invoices go on {INVOICES_AHEAD:,} further: some of them were given out.")
    if restored.former is not None:
        terminal.say(
            f"What was there before is kept as {restored.former}. Back to it, with everything stopped:"
            f'\n  ALTER DATABASE "{target.database}" RENAME TO "{target.database}_discarded";'
            f'\n  ALTER DATABASE "{restored.former}" RENAME TO "{target.database}";'
            f'\nDROP DATABASE "{restored.former}" once nobody needs it.'
        )


def _tell(
    terminal: Terminal, done: CaughtUp, *, as_json: bool, restored: dict[str, Any] | None = None
) -> int:
    if as_json:
        print(json.dumps(document(done) | ({"restored": restored} if restored else {}), indent=2))
    else:
        terminal.output.print(summary(done))
        terminal.say("\nStart everything (`orion up`), then compare all books: `orion reconcile --now`.")
    return 1 if done.attention or done.lost else 0
