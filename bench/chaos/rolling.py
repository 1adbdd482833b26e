"""Restarting every process of ours, one after the other, while customers order: nobody notices."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import psutil

from bench.chaos.plan import ChaosPlan
from bench.chaos.rough_stack import API, WORKER, RoughStack
from bench.faults.invariants import Invariant
from bench.faults.tally import Tally
from bench.faults.town import Town
from bench.faults.trial import Show, live
from bench.shops import Basket, Shops

_AT_A_TIME = 4
# As long as a balancer takes to notice that it should send nobody there any more.
_DRAIN_SECONDS = 1.0
_BACK_WITHIN = 120.0


async def roll(
    stack: RoughStack, town: Town, shops: Shops, plan: ChaosPlan, tally: Tally, show: Show
) -> Invariant:
    """Lives are lived until all have been restarted; every request has to be answered at once.

    A customer's call goes to the API over a connection of its own, as a balancer passes it on.
    """
    over = asyncio.Event()

    async def restart_all() -> None:
        try:
            for part in (*WORKER, *API):
                show(f"restarting {part}", 0)
                await _restart(stack, part)
        finally:
            over.set()

    def baskets() -> Iterator[Basket]:
        while not over.is_set():
            yield from shops.baskets(1)

    async with asyncio.TaskGroup() as both:
        both.create_task(restart_all())
        calm = replace(plan, at_a_time=_AT_A_TIME)
        both.create_task(
            live(town, baskets(), calm, tally, lambda words, _: show(words, 0), keep_alive=False)
        )
    answers = tally.answers
    failed = [
        f"{what}: {times} answered {code}"
        for (what, code), times in answers.counted.items()
        if code in (429, 503)
    ]
    failed += [f"{what}: {times} hung up on" for what, times in answers.hung_up.items()]
    failed += await _undelivered(town)
    return Invariant("a rolling restart loses no request", answers.counted.total(), failed)


async def _restart(stack: RoughStack, part: str) -> None:
    """Nobody is sent there any more, what it has begun is finished, and another one takes its place."""
    wire = stack.wires["api"]
    if part in API:
        wire.set_aside(stack.api_server(part))
        await asyncio.sleep(_DRAIN_SECONDS)
    identity = stack.process(part)
    stack.forget(part)
    psutil.Process(identity.pid).send_signal(identity.stop_signal)
    async with asyncio.timeout(_BACK_WITHIN):
        await stack.ready(part)
    if part in API:
        wire.take_back(stack.api_server(part))


async def _undelivered(town: Town) -> list[str]:
    """Webhooks that were not taken at the first attempt."""
    found = (await town.sandbox("GET", "deliveries?limit=1000"))["deliveries"]
    return [
        f"{delivery['type']}: {[attempt['status'] or attempt['error'] for attempt in delivery['log']]}"
        for delivery in found
        if len(delivery["log"]) > 1 or any(attempt["status"] != 200 for attempt in delivery["log"])
    ]
