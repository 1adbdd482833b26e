"""`python -m bench.catching_up`: how long a restored database takes to catch up with its orders' workflows.

Orders are placed, backed up, and confirmed; then the backup is restored, and every order lacks a step and its
e-mail.
"""

import argparse
import asyncio
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from api.tokens import Tokens
from bench.load import drive
from bench.private_stack import PrivateStack
from bench.shops import Basket, Shops
from bench.storefront import CONNECTION_SECONDS, Storefront
from db.session import Database
from local.backup.backing_up import back_up
from local.backup.command import at_rest
from local.backup.restoring import restore
from local.backup.target import embedded
from local.catching_up.command import catch_up
from local.home import Home
from local.postgres import APPLICATION
from local.postgres_account import delete_outside
from local.stack import Stack
from local.terminal import Terminal, console

_TOKEN_SECONDS = 24 * 3600


async def bench(orders: int, clients: int, directory: Path) -> None:
    """Place, back up, confirm, restore, catch up, and say how long that took."""
    home, terminal, file = Home(directory / "home"), Terminal(console()), directory / "orion.dump"
    try:
        async with PrivateStack(terminal, beside_bare=False, directory=home.path) as private:
            await _fill(private.stack, orders, clients, file, terminal)
            private.check()
        async with at_rest(home, terminal) as settings:
            restored = await restore(embedded(home), file, terminal.say)
            for words in ("Caught up with", "Looked once more at"):
                begun = time.monotonic()
                done = await catch_up(settings, restored.taken_at, terminal.say)
                took = time.monotonic() - begun
                terminal.say(
                    f"{words} {done.orders:,} orders in {took:.1f} s, {done.orders / took:.0f} a second:"
                    f" {done.events:,} events and {done.emails:,} e-mails made up for,"
                    f" {len(done.attention)} need attention"
                )
    finally:
        delete_outside(home)


async def _fill(stack: Stack, orders: int, clients: int, file: Path, terminal: Terminal) -> None:
    database = Database(stack.postgres.url(APPLICATION), pool_size=2)
    connections = aiohttp.TCPConnector(limit=clients, keepalive_timeout=CONNECTION_SECONDS)
    timeout = aiohttp.ClientTimeout(total=60)
    try:
        shops = Shops(database, Tokens(stack.credentials.jwt_secret, _TOKEN_SECONDS))
        await shops.open()
        baskets = await shops.filled_carts(orders)
        placed: list[tuple[Basket, dict[str, Any]]] = []
        async with aiohttp.ClientSession(connector=connections, timeout=timeout) as client:
            storefront = Storefront(client, api_url=stack.api_url, stripe_url="", key="")

            async def place(basket: Basket) -> None:
                placed.append((basket, await storefront.place(basket, "manual")))

            terminal.say(f"Placing {orders:,} orders …")
            await drive([partial(place, basket) for basket in baskets], clients=clients, tick=_nothing)
            await back_up(embedded(stack.home), file, terminal.say)
            terminal.say("Confirming them …")
            confirming = [partial(storefront.confirm, basket, order) for basket, order in placed]
            await drive(confirming, clients=clients, tick=_nothing)
    finally:
        await database.close()


def _nothing() -> None:
    """Nobody looks on."""


def main() -> None:
    """Read the options, and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.catching_up", description=__doc__)
    parser.add_argument("--orders", type=int, default=2_000)
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orion-catching-up-") as directory:
        asyncio.run(bench(given.orders, given.clients, Path(directory)))


if __name__ == "__main__":
    main()
