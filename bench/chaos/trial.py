"""One run: restart everything under load, then let everything die under load, and compare all books."""

from collections import Counter
from dataclasses import dataclass, replace
from random import Random

from bench.chaos.deaths import Deaths, Misfortune
from bench.chaos.plan import ChaosPlan
from bench.chaos.records import Record, read_records
from bench.chaos.rolling import roll
from bench.chaos.rough_stack import MORTAL, RoughStack
from bench.chaos.workflow_invariants import check_workflows
from bench.faults.books import Books, read_books
from bench.faults.invariants import Invariant
from bench.faults.tally import Tally
from bench.faults.town import Town
from bench.faults.trial import Show, Verdict, try_orders
from bench.shops import Shops


@dataclass(frozen=True)
class Cut:
    """How often a wire was cut in the midst of a request or of its answer."""

    wire: str
    direction: str
    times: int


@dataclass(frozen=True)
class ChaosVerdict:
    """What was done, what died, and what held."""

    trial: Verdict
    happened: dict[Misfortune, int]
    cuts: list[Cut]
    mails_repeated: int

    @property
    def holds(self) -> bool:
        return self.trial.holds


async def try_chaos(stack: RoughStack, town: Town, shops: Shops, plan: ChaosPlan, show: Show) -> ChaosVerdict:
    """The whole run."""
    tally, found = Tally(), list[Invariant]()
    before = stack.ended
    if plan.rolling:
        found.append(await roll(stack, town, shops, plan, tally, show))
        before = stack.ended
    deaths = Deaths(stack, Random(f"{plan.seed}:deaths"), least=plan.deaths, pause=plan.pause)
    books, records = list[Books](), list[Record]()

    async def read(town: Town) -> Books:
        records.extend(await read_records(town.temporal, town.task_queue))
        sends = {(each.workflow_id, key): times for each in records for key, times in each.sends}
        books.append(replace(await read_books(town), sends=sends))
        return books[-1]

    trial = await try_orders(town, shops, plan, show, tally=tally, trouble=deaths, read=read)
    found += check_workflows(records, books[-1])
    found.append(_only_the_killed_died(stack, deaths, before))
    return ChaosVerdict(
        replace(trial, invariants=[*trial.invariants, *found]),
        dict(deaths.happened),
        [Cut(name, where, times) for name, wire in stack.wires.items() for where, times in wire.cuts.items()],
        sum(mail["deliveries"] > 1 for mail in books[-1].mails),
    )


def _only_the_killed_died(stack: RoughStack, deaths: Deaths, before: Counter[str]) -> Invariant:
    by_itself = stack.ended - before - deaths.ended
    broken = [f"{part} ended {times} times by itself" for part, times in by_itself.items()]
    broken += [f"{part} did not come back" for part in deaths.missing]
    return Invariant("every part dies only when it is made to, and comes back", len(MORTAL), broken)
