"""`python -m bench.pages`: time and size of the shop's pages, on a stack of its own."""

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass
from functools import partial
from statistics import median

import aiohttp
from rich import box
from rich.console import Console
from rich.table import Table
from yarl import URL

from api.tokens import Tokens
from bench.load import Load, drive, percentile
from bench.machine import this_machine
from bench.pages.loading import Loading
from bench.pages.shopper import Page, Regular, make_regular
from bench.private_stack import PrivateStack
from bench.processes import Processes
from bench.shops import Shops
from bench.storefront import Storefront
from db.session import Database
from domain.links import Links
from local.postgres import APPLICATION
from local.stack import Stack
from local.terminal import Terminal, console

_TOKEN_SECONDS = 24 * 3600
_BASELINE = Page("bare: /healthz", "/healthz", signed_in=False)
_WARM_UP = 20
_ROUNDS = 4
_AT_REST = 10.0


@dataclass(frozen=True)
class Measured:
    """A page: its requests by rounds, their processor seconds in the API, and the bytes of HTML, CSS, JS."""

    page: Page
    rounds: list[Load]
    cpu: float
    sizes: tuple[int, int, int]

    @property
    def requests(self) -> int:
        return sum(len(load.latencies) for load in self.rounds)

    @property
    def p50(self) -> float:
        return median(load.p50 for load in self.rounds)

    @property
    def p99(self) -> float:
        return percentile([seconds for load in self.rounds for seconds in load.latencies], 99)


async def bench(requests: int, output: Console) -> None:
    """One run: start, measure, stop, show."""
    machine = this_machine()
    async with PrivateStack(Terminal(output), beside_bare=False) as private:
        measured = await _measure(private.stack, Processes(private.pids), requests)
        private.check()
    output.print(
        f"{machine.processors} processors, {machine.memory_gib} GiB, {machine.system}, Python"
        f" {machine.python}; load before the run {machine.load_before}; {requests} requests of each page"
    )
    output.print(_table(measured))


async def _measure(stack: Stack, processes: Processes, requests: int) -> list[Measured]:
    database = Database(stack.postgres.url(APPLICATION), pool_size=2)
    shops = Shops(database, Tokens(stack.credentials.jwt_secret, _TOKEN_SECONDS))
    await shops.open()
    async with aiohttp.ClientSession() as client:
        key = stack.credentials.stripe_publishable_key
        shop = Storefront(client, api_url=stack.api_url, stripe_url=stack.stripe_url, key=key)
        regular = await make_regular(shops, shop, database, Links(stack.credentials.link_secret))
    await database.close()
    await asyncio.sleep(_AT_REST)  # so that the orders' e-mails are out
    return await _look(stack, processes, regular, requests)


async def _look(stack: Stack, processes: Processes, regular: Regular, requests: int) -> list[Measured]:
    """Every page in turn, again and again, so that a busy moment of the machine hits all of them."""
    pages = [_BASELINE, *regular.pages()]
    jar = aiohttp.CookieJar(unsafe=True)  # the API is reached by its number, not by a name
    jar.update_cookies(regular.cookies, URL(stack.api_url))
    async with aiohttp.ClientSession(cookie_jar=jar) as known, aiohttp.ClientSession() as stranger:
        loading = {page: Loading(known if page.signed_in else stranger, stack.api_url) for page in pages}
        sizes = {page: await loading[page].sizes(await loading[page].page(page.path)) for page in pages}
        rounds: dict[Page, list[Load]] = {page: [] for page in pages}
        cpu: dict[Page, float] = dict.fromkeys(pages, 0.0)
        for number in range(1 + _ROUNDS):
            for page in pages:
                times = max(2, requests // _ROUNDS) if number else _WARM_UP
                jobs = [partial(_open, loading[page], page) for _ in range(times)]
                before = processes.cpu_seconds()["api"]
                load = await drive(jobs, clients=1, tick=lambda: None)
                if number:
                    rounds[page].append(load)
                    cpu[page] += processes.cpu_seconds()["api"] - before
    return [Measured(page, rounds[page], cpu[page], sizes[page]) for page in pages]


async def _open(loading: Loading, page: Page) -> None:
    await loading.page(page.path)


def _table(measured: list[Measured]) -> Table:
    columns = ("p50 ms", "p99 ms", "p50 / healthz", "processor ms", "HTML kB", "CSS kB", "JS kB", "in all kB")
    table = Table("page", title="Pages, one client", title_justify="left", box=box.MARKDOWN)
    for column in columns:
        table.add_column(column, justify="right")
    baseline = measured[0].rounds
    for each in measured:
        ratio = median(load.p50 / bare.p50 for load, bare in zip(each.rounds, baseline, strict=True))
        bytes_each = [*each.sizes, sum(each.sizes)] if each is not measured[0] else []
        table.add_row(
            each.page.name,
            f"{each.p50 * 1000:.1f}",
            f"{each.p99 * 1000:.1f}",
            f"{ratio:.1f}",
            f"{each.cpu / each.requests * 1000:.1f}",
            *(f"{size / 1000:.1f}" for size in bytes_each),
        )
    return table


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--requests", type=int, default=200, help="of each page (%(default)s)")
    given = parser.parse_args()
    asyncio.run(bench(given.requests, console()))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(0)
