"""`python -m bench.restore`: how long a backup and a restore take at a given size."""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from bench.size.filling import Filling, Plan
from db.migrate import migrate
from local import offline
from local.backup.backing_up import back_up
from local.backup.restoring import restore
from local.backup.target import embedded
from local.home import Home
from local.postgres_account import delete_outside
from local.terminal import Terminal, console


async def bench(orders: int, directory: Path) -> None:
    """Fill a database, back it up, restore it, and say how long each took."""
    home, terminal = Home(directory / "home"), Terminal(console())
    home.create()
    try:
        async with offline.parts_running(home, frozenset({"postgres"}), terminal):
            target = embedded(home)
            await migrate(target.owner_url, target.app_url)
            terminal.say(f"Filling in {orders:,} orders …")
            await Filling(target.as_superuser(), Plan(orders), lambda _what, _share: None).fill()
            begun = time.monotonic()
            taken = await back_up(target, directory / "orion.dump", terminal.say)
            backed_up = time.monotonic()
            await restore(target, directory / "orion.dump", terminal.say)
            restored = time.monotonic()
    finally:
        delete_outside(home)
    terminal.say(
        f"{sum(taken.rows.values()):,} rows, {taken.size / 1e6:,.1f} MB:"
        f" backed up in {backed_up - begun:.1f} s, restored in {restored - backed_up:.1f} s"
    )


def main() -> None:
    """Read the options, and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.restore", description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orion-restore-") as directory:
        asyncio.run(bench(given.orders, Path(directory)))


if __name__ == "__main__":
    main()
