"""`python -m bench.faults`: many orders on a stack of its own while Stripe fails in every way it can."""

import asyncio
import os
import sys

from rich.console import Console

from bench.faults.opening import open_shops, showing, town_around
from bench.faults.plan import Plan, read_plan
from bench.faults.report import show, write_json
from bench.faults.trial import Verdict, try_orders
from bench.private_stack import PrivateStack
from local.part import PartError
from local.ports import PortBusyError
from local.terminal import Terminal, console

_POLL_FIRST = 2.0


async def run(plan: Plan, output: Console) -> Verdict:
    """One run: start, try, stop."""
    output.print(f"seed {plan.seed}")
    async with PrivateStack(Terminal(output), poll_first=_POLL_FIRST, beside_bare=False) as private:
        stack = private.stack
        async with town_around(stack) as town:
            shops = await open_shops(town, stack, plan)
            with showing(output, plan) as tell:
                verdict = await try_orders(town, shops, plan, tell)
        private.check()
    return verdict


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
