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
from bench.mails import wait_until_sent
from bench.overload.offering import LATE, PLACED, SHED, Crowd, Offered
from bench.private_stack import PrivateStack
from bench.processes import Processes, spent
from bench.shops import Basket, Shops
from bench.stock import StockWrong, check_stock
from bench.storefront import CONNECTION_SECONDS, MAILS_OF_A_MANUAL_ORDER, Storefront
from db.session import Database
from local.part import PartError
from local.ports import PortBusyError
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

    def __init__(
        self,
        database: Database,
        shops: Shops,
        storefront: Storefront,
        crowd: Crowd,
        processes: Processes,
        output: Console,
    ) -> None:
        self._database = database
        self._shops = shops
        self._storefront = storefront
        self._crowd = crowd
        self._processes = processes
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
            before = self._processes.cpu_seconds()
            offered = await self._crowd.offer(baskets, rate=rate)
            offered.cpu_seconds = spent(before, self._processes.cpu_seconds())
            found.append(offered)
            self._storefront.expected_mails += MAILS_OF_A_MANUAL_ORDER * offered.orders_kept
            await self._drive(_CLIENTS)  # until the next crowd, all is as before
        return capacity, found

    async def _drive(self, count: int) -> float:
        async def place(basket: Basket) -> None:
            await self._storefront.place(basket, "manual")

        jobs = [partial(place, basket) for basket in await self._shops.filled_carts(count)]
        load = await drive(jobs, clients=_CLIENTS, tick=lambda: None)
        await wait_until_sent(self._database, self._storefront.expected_mails)
        return load.per_second


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
            overload = Overload(database, shops, storefront, crowd, Processes(private.pids), output)
            capacity, found = await overload.measure(factors, seconds)
        await check_stock(database)
        await database.close()
        private.check()
    output.print(
        f"{machine.processors} processors, {machine.memory_gib} GiB, {machine.system}, Python"
        f" {machine.python}; load before the run {machine.load_before}; the stock is right"
    )
    output.print(_placed_table(capacity, found))
    output.print(_shed_table(capacity, found))
    return not any(offered.errors for offered in found)


def _placed_table(capacity: float, found: list[Offered]) -> Table:
    columns = (
        "orders",
        "placed/s",
        "p50 ms",
        "p99 ms",
        "longest ms",
        "processor ms",
        "generator ms",
        "202",
        "errors",
    )
    table = _table("What was placed", *columns)
    for offered in found:
        table.add_row(
            _rate(capacity, offered),
            str(offered.orders),
            f"{offered.placed_per_second:.1f}",
            _ms(offered.percentile_ms(PLACED, 50)),
            _ms(offered.percentile_ms(PLACED, 99)),
            _ms(max(offered.times[PLACED], default=0.0) * 1000),
            *(f"{part:.1f}" for part in offered.cpu_ms),
            str(len(offered.times[LATE])),
            ", ".join(f"{count} {what}" for what, count in offered.errors.items()) or "0",
        )
    return table


def _shed_table(capacity: float, found: list[Offered]) -> Table:
    table = _table("What was refused", "share", "p50 ms", "p99 ms", "Retry-After s")
    for offered in found:
        table.add_row(
            _rate(capacity, offered),
            f"{offered.share(SHED):.0%}",
            _ms(offered.percentile_ms(SHED, 50)),
            _ms(offered.percentile_ms(SHED, 99)),
            f"{min(offered.pauses):.0f} to {max(offered.pauses):.0f}" if offered.pauses else "",
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.MARKDOWN)
    table.add_column("offered/s")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _rate(capacity: float, offered: Offered) -> str:
    return f"{offered.rate:.0f} ({offered.rate / capacity:g} times)"


def _ms(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.0f}"


def main() -> int:
    """Run and return the exit code: 1 when an order ended in an error, 130 after a signal."""
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each crowd lasts (%(default)s)")
    parser.add_argument(
        "--factors", default="1,2,4", help="times what 16 clients place that come in (%(default)s)"
    )
    given = parser.parse_args()
    factors = [float(part) for part in given.factors.split(",")]
    output = console()
    try:
        return 0 if asyncio.run(bench(factors, given.seconds, output)) else 1
    except (PartError, PortBusyError, StockWrong) as error:
        output.print(str(error), style="red", markup=False)
        return 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        output.print("Stopped.")
        return 130


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(code)
