"""`python -m bench`: measures orders against bare workflows and plain transactions, on a stack of its own."""

import asyncio
import os
import sys

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from temporalio.client import Client
from temporalio.service import GrpcCompression

from api.tokens import Tokens
from bench.bare_client import BareShop
from bench.machine import this_machine
from bench.measuring import Measurements, Measuring
from bench.plain.service import PlainService
from bench.plain.shops import PlainShops
from bench.plan import Plan, read_plan
from bench.private_stack import PrivateStack
from bench.report import make_report, show, write_json
from bench.scenarios import Plain, Scenarios
from bench.shops import Shops
from bench.stock import StockWrong, check_stock
from bench.storefront import CONNECTION_SECONDS, Storefront, UnexpectedAnswer
from db.session import Database
from local.part import PartError
from local.ports import PortBusyError
from local.postgres import APPLICATION
from local.stack import NAMESPACE
from local.terminal import Terminal, console

_TOKEN_SECONDS = 24 * 3600
# Orders that are never paid must not expire while others are measured.
_PAYMENT_SECONDS = 24 * 3600


async def bench(plan: Plan, output: Console) -> None:
    """One run: start, measure, stop, show."""
    machine = this_machine()
    terminal = Terminal(output)
    service = PlainService()
    async with PrivateStack(terminal, more=service.parts) as private:
        database = Database(private.stack.postgres.url(APPLICATION), pool_size=2)
        plain_shops = PlainShops(service.database_url)
        try:
            measured = await _measure(plan, private, database, service, plain_shops, output)
        finally:
            await plain_shops.close()
            await database.close()
        private.check()
    report = make_report(measured, machine, rounds=plan.rounds)
    show(report, output)
    if plan.json is not None:
        write_json(report, plan.json)


async def _measure(
    plan: Plan,
    private: PrivateStack,
    database: Database,
    service: PlainService,
    plain_shops: PlainShops,
    output: Console,
) -> Measurements:
    stack = private.stack
    tokens = Tokens(stack.credentials.jwt_secret, _TOKEN_SECONDS)
    shops = Shops(database, tokens, payment_window=_PAYMENT_SECONDS)
    await shops.open()
    hot = await shops.announce_flash_sale()
    await plain_shops.open(database)
    temporal = await Client.connect(
        stack.temporal_address, namespace=NAMESPACE, grpc_compression=GrpcCompression.NONE
    )
    bare = BareShop(temporal)
    # As cheap as a client can be: it shares the processors with what it measures.
    connections = aiohttp.TCPConnector(limit=plan.most_clients, keepalive_timeout=CONNECTION_SECONDS)
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connections, timeout=timeout) as client:
        storefront = Storefront(
            client,
            api_url=stack.api_url,
            stripe_url=stack.stripe_url,
            key=stack.credentials.stripe_publishable_key,
        )
        plain_storefront = Storefront(client, api_url=service.url, stripe_url="", key="")
        scenarios = Scenarios(bare, Plain(plain_shops, plain_storefront), shops, storefront, database)
        with _progress(output) as progress:
            task = progress.add_task("", total=Measuring.orders(plan))

            def advance(label: str, orders: int) -> None:
                progress.update(task, description=label, advance=orders)

            measured = await Measuring(plan, scenarios, private, temporal, advance).run()
    measured.sold = await check_stock(database, hot=hot)
    await plain_shops.check_stock()
    return measured


def _progress(output: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    # Drawn twice a second: the load generator shares the processors with what it measures.
    return Progress(*columns, console=output, refresh_per_second=2, transient=True)


def main() -> int:
    """Run and return the exit code: 1 with a sentence when nothing could be measured, 130 after a signal."""
    plan = read_plan()
    output = console()
    try:
        asyncio.run(bench(plan, output))
    except (PartError, PortBusyError, StockWrong, TimeoutError) as error:
        output.print(str(error), style="red", markup=False)
        return 1
    except BaseExceptionGroup as group:
        unexpected, rest = group.split(UnexpectedAnswer)
        if rest is not None or unexpected is None:
            raise
        output.print(str(unexpected.exceptions[0]), style="red", markup=False)
        return 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        output.print("Stopped.")
        return 130
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(code)
