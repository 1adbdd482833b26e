"""`python -m bench.overload`: offers more orders than can be placed, on a stack of its own."""

import argparse
import asyncio
import os
import sys
from functools import partial
from random import Random

import aiohttp
from rich import box
from rich.console import Console
from rich.table import Table

from api.tokens import Tokens
from bench.load import drive
from bench.machine import this_machine
from bench.overload.offering import LATE, PLACED, SHED, Crowd, Offered
from bench.private_stack import PrivateStack
from bench.shops import Basket, Shops
from bench.stock import check_stock
from bench.storefront import CONNECTION_SECONDS, Storefront
from db.session import Database
from local.postgres import APPLICATION
from local.terminal import Terminal, console

_TOKEN_SECONDS = 24 * 3600
_CLIENTS = 16
_WARM_UP = 64
_CAPACITY_ORDERS = 400
_SEED = 20261128
# Longer than an order may wait for its turn and then take: whoever runs into it was forgotten.
_PATIENCE = 30.0


class Overload:
    """Orders with manual payment at one API and one worker, first as many as can be placed, then more."""

    def __init__(self, shops: Shops, storefront: Storefront, crowd: Crowd, output: Console) -> None:
        self._shops = shops
        self._storefront = storefront
        self._crowd = crowd
        self._output = output

    async def measure(self, factors: list[float], seconds: float) -> tuple[float, list[Offered]]:
        """Orders a second with 16 clients, and what becomes of that rate times each factor."""
        await self._drive(_WARM_UP)
        capacity = await self._drive(_CAPACITY_ORDERS)
        self._output.print(f"{_CLIENTS} clients place {capacity:.1f} orders/s")
        found = []
        for factor in factors:
            rate = capacity * factor
            baskets = await self._shops.filled_carts(round(rate * seconds))
            self._output.print(f"offering {rate:.0f} orders/s for {seconds:.0f} s …")
            found.append(await self._crowd.offer(baskets, rate=rate))
            await self._drive(_CLIENTS)  # until the next crowd, all is as before
        return capacity, found

    async def _drive(self, count: int) -> float:
        async def place(basket: Basket) -> None:
            await self._storefront.place(basket, "manual")

        jobs = [partial(place, basket) for basket in await self._shops.filled_carts(count)]
        return (await drive(jobs, clients=_CLIENTS, tick=lambda: None)).per_second


async def bench(factors: list[float], seconds: float, output: Console) -> bool:
    """One run: start, offer, count, show; True when nothing ended in an error."""
    machine = this_machine()
    async with PrivateStack(Terminal(output), beside_bare=False) as private:
        stack = private.stack
        database = Database(stack.postgres.url(APPLICATION), pool_size=2)
        shops = Shops(database, Tokens(stack.credentials.jwt_secret, _TOKEN_SECONDS))
        await shops.open()
        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        # Everybody has a connection of their own.
        connections = aiohttp.TCPConnector(limit=0, keepalive_timeout=CONNECTION_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, connector=connections) as client:
            storefront = Storefront(client, api_url=stack.api_url, stripe_url="", key="")
            crowd = Crowd(client, stack.api_url, Random(_SEED))
            capacity, found = await Overload(shops, storefront, crowd, output).measure(factors, seconds)
        await check_stock(database)
        await database.close()
        private.check()
    output.print(
        f"{machine.processors} processors, {machine.memory_gib} GiB, {machine.system}, Python"
        f" {machine.python}; load before the run {machine.load_before}; the stock is right"
    )
    output.print(_table(capacity, found))
    return not any(offered.errors for offered in found)


def _table(capacity: float, found: list[Offered]) -> Table:
    table = Table(box=box.MARKDOWN)
    table.add_column("offered/s")
    columns = ("orders", "placed/s", "placed p50 ms", "p99 ms", "longest ms", "shed", "shed p50 ms", "p99 ms")
    for name in (*columns, "Retry-After s", "202", "errors"):
        table.add_column(name, justify="right")
    for offered in found:
        pauses = f"{min(offered.pauses):.0f} to {max(offered.pauses):.0f}" if offered.pauses else ""
        table.add_row(
            f"{offered.rate:.0f} ({offered.rate / capacity:g} times)",
            str(offered.orders),
            f"{offered.placed_per_second:.1f}",
            _ms(offered.percentile_ms(PLACED, 50)),
            _ms(offered.percentile_ms(PLACED, 99)),
            _ms(max(offered.times[PLACED], default=0.0) * 1000),
            f"{offered.share(SHED):.0%}",
            _ms(offered.percentile_ms(SHED, 50)),
            _ms(offered.percentile_ms(SHED, 99)),
            pauses,
            str(len(offered.times[LATE])),
            ", ".join(f"{count} {what}" for what, count in offered.errors.items()) or "0",
        )
    return table


def _ms(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.0f}"


def main() -> int:
    """Run with the arguments of the command line; 1 when an order ended in an error."""
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each crowd lasts (%(default)s)")
    parser.add_argument(
        "--factors", default="1,2,4", help="times what 16 clients place that come in (%(default)s)"
    )
    given = parser.parse_args()
    factors = [float(part) for part in given.factors.split(",")]
    return 0 if asyncio.run(bench(factors, given.seconds, console())) else 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(code)
