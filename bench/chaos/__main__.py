"""`python -m bench.chaos`: many orders on a stack of its own while everything it consists of dies."""

import asyncio
import os
import sys

from rich.console import Console

from bench.chaos.plan import ChaosPlan, read_plan
from bench.chaos.report import show, write_json
from bench.chaos.rough_stack import RoughStack
from bench.chaos.trial import ChaosVerdict, try_chaos
from bench.faults.opening import open_shops, showing, town_around
from local.part import PartError
from local.ports import PortBusyError
from local.terminal import Terminal, console


async def run(plan: ChaosPlan, output: Console) -> ChaosVerdict:
    """One run: start, restart everything, let everything die, stop."""
    output.print(f"seed {plan.seed}")
    async with RoughStack(Terminal(output), seed=plan.seed) as rough:
        ways = {"api_url": rough.api_url, "form_url": rough.stripe_url}
        async with town_around(rough.stack, **ways) as town:
            shops = await open_shops(town, rough.stack, plan)
            with showing(output, plan) as tell:
                return await try_chaos(rough, town, shops, plan, tell)


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
