"""`python -m bench.faults`: many orders on a stack of its own while Stripe fails in every way it can."""

import asyncio
import os
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from temporalio.client import Client

from api.tokens import Tokens
from bench.faults.plan import Plan, read_plan
from bench.faults.report import show, write_json
from bench.faults.town import Town
from bench.faults.trial import PRODUCTS, Verdict, pieces_of_each, try_orders
from bench.private_stack import PrivateStack
from bench.shops import Shops
from db.session import Database
from local.part import PartError
from local.ports import PortBusyError
from local.postgres import APPLICATION
from local.stack import NAMESPACE, TASK_QUEUE
from local.terminal import Terminal, console
from workflows.conversion import DATA_CONVERTER

_POLL_FIRST = 2.0
_TOKEN_SECONDS = 24 * 3600


async def run(plan: Plan, output: Console) -> Verdict:
    """One run: start, try, stop."""
    output.print(f"seed {plan.seed}")
    async with PrivateStack(Terminal(output), poll_first=_POLL_FIRST, beside_bare=False) as private:
        stack = private.stack
        database = Database(stack.postgres.url(APPLICATION), pool_size=4)
        try:
            town = Town(
                api_url=stack.api_url,
                stripe_url=stack.stripe_url,
                stripe_secret_key=stack.credentials.stripe_secret_key,
                mail_url=stack.mail_url,
                database=database,
                temporal=await Client.connect(
                    stack.temporal_address, namespace=NAMESPACE, data_converter=DATA_CONVERTER
                ),
                task_queue=TASK_QUEUE,
            )
            verdict = await _try(town, plan, Tokens(stack.credentials.jwt_secret, _TOKEN_SECONDS), output)
        finally:
            await database.close()
        private.check()
    return verdict


async def _try(town: Town, plan: Plan, tokens: Tokens, output: Console) -> Verdict:
    shops = Shops(
        town.database,
        tokens,
        products=PRODUCTS,
        pieces=pieces_of_each(plan.orders),
        seed=plan.seed,
        payment_window=plan.window,
        manual_payment_window=plan.window,
    )
    await shops.open()
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=output, refresh_per_second=2, transient=True) as progress:
        task = progress.add_task("living", total=plan.orders)

        def tell(words: str, ended: int) -> None:
            progress.update(task, description=words, advance=ended)

        return await try_orders(town, shops, plan, tell)


def main() -> int:
    """Run and return the exit code: 1 when an invariant is broken or nothing was tried, 130 when stopped."""
    plan = read_plan()
    output = console()
    try:
        verdict = asyncio.run(run(plan, output))
    except (PartError, PortBusyError, TimeoutError) as error:
        output.print(str(error), style="red", markup=False)
        return 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        output.print("Stopped.")
        return 130
    show(verdict, output)
    if plan.json is not None:
        write_json(verdict, plan.json)
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(code)
