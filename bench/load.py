"""The load generator: a number of clients who each do one job after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

Job = Callable[[], Awaitable[None]]
Tick = Callable[[], None]


@dataclass(frozen=True)
class Load:
    """What jobs took: each of them, and all from the first start to the last end, in seconds."""

    latencies: tuple[float, ...]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        return percentile(self.latencies, 50)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of all values do not exceed, interpolated between two."""
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


async def drive(jobs: Sequence[Job], *, clients: int, tick: Tick) -> Load:
    """Do all jobs, `clients` of them at a time; the first that fails breaks off the others."""
    waiting = iter(jobs)
    latencies: list[float] = []

    async def client() -> None:
        for job in waiting:
            begun = time.perf_counter()
            await job()
            latencies.append(time.perf_counter() - begun)
            tick()

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())
    return Load(tuple(latencies), time.perf_counter() - begun)
