"""The rounds: every scenario in turn, again and again, so that a busy moment hits all of them."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from temporalio.client import Client

from bench.costs import ORDERS as COUNTED_ORDERS
from bench.costs import count_costs
from bench.histories import HistoryCost
from bench.load import Load, drive
from bench.plan import Plan
from bench.private_stack import PrivateStack
from bench.processes import Processes, spent
from bench.scenarios import Scenario, Scenarios
from bench.stock import Sold

_MEMORY_STEP = 500
_MEMORY_PARTS = ("api", "worker", "postgres", "temporal")
_WARM_UP_ORDERS = 48
_PLACINGS, _CROWDS = 4, 4

Advance = Callable[[str, int], None]  # what is being done, and how many orders of it are through


@dataclass(frozen=True)
class Sample:
    """One scenario in one round: its load, the CPU seconds it cost, and how long work went on after it.

    `came_back` is how often clients were sent away because too much came in; their times include it.
    """

    load: Load
    cpu: dict[str, float]
    settling: float
    came_back: int = 0


@dataclass(frozen=True)
class Held:
    """The memory that parts hold after a number of orders, in bytes."""

    orders: int
    parts: dict[str, int]


@dataclass
class Measurements:
    """All samples by scenario and number of clients, in the order of the rounds."""

    samples: dict[tuple[str, int], list[Sample]] = field(default_factory=dict)
    costs: list[HistoryCost] = field(default_factory=list)
    memory: list[Held] = field(default_factory=list)
    sold: Sold | None = None


class Measuring:
    """Measures the scenarios as planned and says how far it is."""

    def __init__(
        self, plan: Plan, scenarios: Scenarios, private: PrivateStack, client: Client, advance: Advance
    ) -> None:
        self._plan = plan
        self._scenarios = scenarios
        self._private = private
        self._client = client
        self._advance = advance
        self._measurements = Measurements()

    @staticmethod
    def orders(plan: Plan) -> int:
        """How many orders and bare workflows a run takes, warm-up included."""
        placings = _PLACINGS * sum(map(plan.orders_in_a_round, plan.clients))
        crowds = (_CROWDS + len(plan.several_workers)) * plan.orders_in_a_round(plan.crowd)
        warming_up = _PLACINGS + _CROWDS + sum(plan.several_workers) * plan.rounds
        measured = plan.rounds * (placings + crowds) + _WARM_UP_ORDERS * warming_up + COUNTED_ORDERS
        return measured + plan.memory_orders

    async def run(self) -> Measurements:
        """All rounds, some orders' histories, and the memory's growth where that is planned."""
        plan, placings, crowds = self._plan, self._scenarios.placings(), self._scenarios.crowds()
        for scenario in (*placings, *crowds):
            await self._measure("warm-up", scenario, _WARM_UP_ORDERS, plan.crowd)
        for number in range(1, plan.rounds + 1):
            what = f"round {number} of {plan.rounds}"
            for clients in plan.clients:
                for scenario in placings:
                    await self._keep(what, scenario, clients)
                if clients == plan.crowd:
                    for scenario in crowds:
                        await self._keep(what, scenario, clients)
                    for workers in plan.several_workers:
                        await self._let_several_work(what, workers, clients)
        self._measurements.costs = await count_costs(self._scenarios, self._client)
        self._advance("histories", COUNTED_ORDERS)
        if plan.memory_orders:
            await self._watch_memory()
        return self._measurements

    async def _let_several_work(self, what: str, workers: int, clients: int) -> None:
        scenario = self._scenarios.several_workers(workers)
        async with self._private.workers(workers):
            # Each has connections to open, and statements to prepare in every one of them.
            await self._measure("warm-up", scenario, _WARM_UP_ORDERS * workers, clients)
            await self._keep(what, scenario, clients)

    async def _keep(self, what: str, scenario: Scenario, clients: int) -> None:
        sample = await self._measure(what, scenario, self._plan.orders_in_a_round(clients), clients)
        self._measurements.samples.setdefault((scenario.name, clients), []).append(sample)

    async def _measure(self, what: str, scenario: Scenario, count: int, clients: int) -> Sample:
        label = f"{what}, {scenario.name}, {clients} at a time"
        self._advance(label, 0)
        jobs = await scenario.prepare(count)
        processes = Processes(self._private.pids)
        before, away = processes.cpu_seconds(), self._scenarios.came_back
        load = await drive(jobs, clients=clients, tick=lambda: self._advance(label, 1))
        answered = time.perf_counter()
        await scenario.settle()
        settling = time.perf_counter() - answered
        cpu = spent(before, processes.cpu_seconds())
        return Sample(load, cpu, settling, self._scenarios.came_back - away)

    async def _watch_memory(self) -> None:
        """Let orders with Stripe and with manual payment come in, by turns."""
        self._note_memory(0)
        methods, clients, taken = itertools.cycle(("stripe", "manual")), self._plan.crowd, 0
        while taken < self._plan.memory_orders:
            count = min(_MEMORY_STEP, self._plan.memory_orders - taken)
            await self._measure("memory", self._scenarios.placing(next(methods)), count, clients)
            taken += count
            self._note_memory(taken)

    def _note_memory(self, orders: int) -> None:
        processes = Processes(self._private.pids)
        parts = {name: processes.memory_bytes(name) for name in _MEMORY_PARTS}
        self._measurements.memory.append(Held(orders, parts))
