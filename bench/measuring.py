"""The rounds: every scenario in turn, again and again, so that a busy moment hits all of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.load import Load, drive
from bench.plan import MEMORY_ORDERS, Plan
from bench.processes import Processes, spent
from bench.scenarios import Scenario, Scenarios
from bench.stock import Sold

_MEMORY_STEPS = 4
_WARM_UP_ORDERS = 48

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
class Resident:
    """The memory that API and worker hold after a number of orders, in bytes."""

    orders: int
    api: int
    worker: int


@dataclass
class Measurements:
    """All samples by scenario and number of clients, in the order of the rounds."""

    samples: dict[tuple[str, int], list[Sample]] = field(default_factory=dict)
    memory: list[Resident] = field(default_factory=list)
    sold: Sold | None = None


class Measuring:
    """Measures the scenarios as planned and says how far it is."""

    def __init__(self, plan: Plan, scenarios: Scenarios, processes: Processes, advance: Advance) -> None:
        self._plan = plan
        self._scenarios = scenarios
        self._processes = processes
        self._advance = advance
        self._measurements = Measurements()

    @staticmethod
    def orders(plan: Plan) -> int:
        """How many orders and bare workflows a run takes, warm-up included."""
        placings, crowds = 4, 4
        measured = plan.orders_in_a_round * plan.rounds * (placings * len(plan.clients) + crowds)
        warming_up = _WARM_UP_ORDERS * (placings + crowds)
        return measured + warming_up + (MEMORY_ORDERS if plan.memory else 0)

    async def run(self) -> Measurements:
        """All rounds, and the memory's growth where that is planned."""
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
        if plan.memory:
            await self._watch_memory()
        return self._measurements

    async def _keep(self, what: str, scenario: Scenario, clients: int) -> None:
        sample = await self._measure(what, scenario, self._plan.orders_in_a_round, clients)
        self._measurements.samples.setdefault((scenario.name, clients), []).append(sample)

    async def _measure(self, what: str, scenario: Scenario, count: int, clients: int) -> Sample:
        label = f"{what}, {scenario.name}, {clients} at a time"
        self._advance(label, 0)
        jobs = await scenario.prepare(count)
        before, away = self._processes.cpu_seconds(), self._scenarios.came_back
        load = await drive(jobs, clients=clients, tick=lambda: self._advance(label, 1))
        answered = time.perf_counter()
        await scenario.settle()
        settling = time.perf_counter() - answered
        cpu = spent(before, self._processes.cpu_seconds())
        return Sample(load, cpu, settling, self._scenarios.came_back - away)

    async def _watch_memory(self) -> None:
        placing = self._scenarios.placing("stripe")
        share = MEMORY_ORDERS // _MEMORY_STEPS
        self._note_memory(0)
        for step in range(1, _MEMORY_STEPS + 1):
            await self._measure("memory", placing, share, self._plan.crowd)
            self._note_memory(step * share)

    def _note_memory(self, orders: int) -> None:
        api = self._processes.resident_bytes("api")
        worker = self._processes.resident_bytes("worker")
        self._measurements.memory.append(Resident(orders, api, worker))
