"""One run: live many orders with the faults on, wait for quiet, reconcile, and compare all books."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

import httpx
from temporalio.common import WorkflowIDReusePolicy

from bench.faults.books import Books, read_books
from bench.faults.card_form import CardForm
from bench.faults.injection import Injected, arm, disarm
from bench.faults.invariants import Invariant, check_all
from bench.faults.lives import Life
from bench.faults.patience import PatientClient, WaitedInVainError
from bench.faults.plan import Plan
from bench.faults.quiet import until_quiet
from bench.faults.tally import Tally
from bench.faults.town import Town
from bench.shops import VENDORS, Basket, Shops
from workflows.reconciliation_messages import (
    RECONCILE_WORKFLOW,
    RECONCILIATION_ID,
    Progress,
    Reconciliation,
)

PRODUCTS = 10
Show = Callable[[str, int], None]


def pieces_of_each(orders: int) -> int:
    """So few that some shoppers come too late."""
    return max(4, orders * 5 // (2 * VENDORS * PRODUCTS))


@dataclass(frozen=True)
class Verdict:
    """What was done and injected, and what held; `seconds` from the first cart to the last comparison."""

    plan: Plan
    done: dict[str, int]
    injected: list[Injected]
    repaired: dict[str, int]
    invariants: list[Invariant]
    seconds: float

    @property
    def holds(self) -> bool:
        return all(invariant.holds for invariant in self.invariants)


async def try_orders(
    town: Town,
    shops: Shops,
    plan: Plan,
    show: Show,
    *,
    tally: Tally | None = None,
    trouble: AbstractAsyncContextManager[object] | None = None,
    read: Callable[[Town], Awaitable[Books]] = read_books,
) -> Verdict:
    """The whole run; `show` is told what happens and how many lives have ended since.

    `trouble` lasts as long as lives are lived, `tally` may know of earlier ones, and `read` is how the books
    are read in the end.
    """
    started, tally = time.monotonic(), tally or Tally()
    await arm(town, plan.seed)
    async with trouble or nullcontext():
        await live(town, shops.baskets(plan.orders), plan, tally, show)
    await town.database.close()  # its connections may have died with their server
    await until_quiet(town, plan.patience, lambda words: show(words, 0))
    injected = await disarm(town)
    show("reconciling", 0)
    progress = await _reconcile(town)
    quiet = await until_quiet(town, plan.patience, lambda words: show(words, 0))
    show("comparing the books", 0)
    invariants = check_all(await read(town), tally)
    return Verdict(
        plan,
        dict(sorted(tally.done.items())),
        injected,
        progress.repaired,
        [*invariants, _reconciled(progress), Invariant("quiet in time", 1, [] if quiet else ["it was not"])],
        time.monotonic() - started,
    )


async def live(
    town: Town,
    baskets: Iterable[Basket],
    plan: Plan,
    tally: Tally,
    show: Show,
    *,
    keep_alive: bool = True,
) -> None:
    """Live a life for each basket, some beside each other; with a connection for each call, or kept ones."""
    room = asyncio.Semaphore(plan.at_a_time)
    kept = 200 if keep_alive else 0
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=kept, keepalive_expiry=1)
    form_url = town.form_url or town.stripe_url
    async with (
        httpx.AsyncClient(base_url=town.api_url, limits=limits, timeout=60, trust_env=False) as http,
        httpx.AsyncClient(base_url=form_url, limits=limits, timeout=30, trust_env=False) as stripe,
    ):
        api, form = PatientClient(http, tally.answers), CardForm(stripe, tally.done)

        async def live_one(number: int, basket: Basket) -> None:
            try:
                await Life(basket, f"{plan.seed}:{number}", api, form, tally, plan.window).live()
            except* WaitedInVainError:
                pass  # the tally has it
            finally:
                room.release()
            show("living", 1)

        async with asyncio.TaskGroup() as lives:
            for number, basket in enumerate(baskets):
                await room.acquire()
                lives.create_task(live_one(number, basket))


async def _reconcile(town: Town) -> Progress:
    """Compare everything, however recent; the first walk may still repair, the second has to find nothing."""
    repaired: dict[str, int] = {}
    for _ in range(2):
        progress: Progress = await town.temporal.execute_workflow(
            RECONCILE_WORKFLOW,
            Reconciliation(min_age=0.0),
            id=RECONCILIATION_ID,
            task_queue=town.task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            result_type=Progress,
        )
        repaired |= progress.repaired
    progress.repaired = repaired
    return progress


def _reconciled(progress: Progress) -> Invariant:
    compared = sum(progress.compared.values())
    broken = [f"{code}: {number}" for code, number in progress.attention.items()]
    if not progress.is_done:
        broken.append("the reconciliation did not come to its end")
    return Invariant("reconciliation finds nothing that needs attention", compared, broken)
