"""`python -m bench.streams`: a thousand open streams on one API process, on a stack of its own."""

import argparse
import asyncio
import os
import resource
import sys
import time
from functools import partial

import aiohttp
from rich import box
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from api.tokens import Tokens
from bench.load import drive, percentile
from bench.machine import this_machine
from bench.private_stack import PrivateStack
from bench.processes import Processes
from bench.shops import Basket, Shops
from bench.storefront import Storefront
from bench.streams.events import Events, Followed, place_orders
from bench.streams.readers import Readers
from db.migrate import owner_engine
from db.session import Database
from local.postgres import APPLICATION, OWNER
from local.stack import Stack
from local.terminal import Terminal, console

_TOKEN_SECONDS = 24 * 3600
_WRITERS = 16
_ROUNDS = 4
_DELIVERY_WITHIN = 30.0


async def bench(streams: int, events: int, output: Console) -> None:
    """One run: start, measure, stop, show."""
    machine = this_machine()
    table = Table("figure", "value", title="Streams", title_justify="left", box=box.MARKDOWN)
    async with PrivateStack(Terminal(output), beside_bare=False) as private:
        stack = private.stack
        database = Database(stack.postgres.url(APPLICATION), pool_size=_WRITERS)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
            shops = Shops(database, Tokens(stack.credentials.jwt_secret, _TOKEN_SECONDS))
            await shops.open()
            key = stack.credentials.stripe_publishable_key
            shop = Storefront(client, api_url=stack.api_url, stripe_url=stack.stripe_url, key=key)
            orders = await place_orders(shops, shop)
            recorded = Events(database)
            readers = Readers(client, stack.api_url)
            processes = Processes(private.pids)
            await _delivery(processes, recorded, readers, orders, (streams, events), table)
            await readers.close()
            await _cost_of_notifying(stack, recorded, shops, shop, orders, table)
        await database.close()
        private.check()
    output.print(f"{machine.processors} processors, {machine.memory_gib} GiB, Python {machine.python}")
    output.print(table)


async def _delivery(
    processes: Processes,
    written: Events,
    readers: Readers,
    orders: list[Followed],
    plan: tuple[int, int],
    table: Table,
) -> None:
    streams, events = plan
    await asyncio.sleep(10)  # so that the orders' e-mails are out and the process is at rest
    before, begun = processes.resident_bytes("api"), time.perf_counter()
    await readers.open(orders, streams)
    table.add_row("streams opened", f"{streams} in {time.perf_counter() - begun:.1f} s")
    table.add_row("memory a stream", f"{(processes.resident_bytes('api') - before) / streams / 1024:.1f} KiB")
    cpu = processes.cpu_seconds()["api"]
    for order in orders[:events] * (events // len(orders) + 1):
        if len(written.committed) == events:
            break
        await written.write(order)
        await asyncio.sleep(0.02)
    await _all_told(readers, written)
    told = [
        (order, number, at) for order, number, at in readers.arrived if (order, number) in written.committed
    ]
    delays = [1000 * (at - written.committed[order, number]) for order, number, at in told]
    table.add_row("events, deliveries", f"{events}, {len(delays)}")
    table.add_row("commit to arrival, p50", f"{percentile(delays, 50):.1f} ms")
    table.add_row("commit to arrival, p99", f"{percentile(delays, 99):.1f} ms")
    spent = processes.cpu_seconds()["api"] - cpu
    table.add_row("processor time of the API a delivery", f"{1e6 * spent / len(delays):.0f} µs")


async def _all_told(readers: Readers, written: Events) -> None:
    """Wait until nothing more arrives, with every event heard by somebody."""
    deadline = time.monotonic() + _DELIVERY_WITHIN
    count = -1
    while count != len(readers.arrived) or not written.committed.keys() <= {a[:2] for a in readers.arrived}:
        if time.monotonic() > deadline:
            raise TimeoutError("not every event arrived")
        count = len(readers.arrived)
        await asyncio.sleep(1)


async def _cost_of_notifying(
    stack: Stack, events: Events, shops: Shops, shop: Storefront, orders: list[Followed], table: Table
) -> None:
    """The same work with the trigger and without, in turn."""
    rates: dict[tuple[str, str], list[float]] = {}
    owner = owner_engine(stack.postgres.url(OWNER))
    for _ in range(_ROUNDS):
        for switch in ("ENABLE", "DISABLE"):
            async with owner.begin() as connection:
                await connection.execute(
                    text(f"ALTER TABLE order_events {switch} TRIGGER notify_order_event")
                )
            writing = [partial(events.write, order) for order in orders * 5]
            rates.setdefault(("events", switch), []).append(
                (await drive(writing, clients=_WRITERS, tick=lambda: None)).per_second
            )
            placing = [partial(_place, shop, basket) for basket in await shops.filled_carts(48)]
            rates.setdefault(("orders", switch), []).append(
                (await drive(placing, clients=_WRITERS, tick=lambda: None)).per_second
            )
    await owner.dispose()
    names = {"ENABLE": "with the trigger", "DISABLE": "without"}
    for (what, switch), found in rates.items():
        middle, each = percentile(found, 50), ", ".join(f"{rate:.1f}" for rate in found)
        table.add_row(f"{what} a second, {_WRITERS} at a time, {names[switch]}", f"{middle:.1f} ({each})")


async def _place(shop: Storefront, basket: Basket) -> None:
    await shop.place(basket, "stripe")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--events", type=int, default=500)
    given = parser.parse_args()
    # Each stream is a connection, here and in the API, which inherits the limit.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(bench(given.streams, given.events, console()))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(0)
