"""Figures made of samples: medians over the rounds, and orders as multiples of what they are held against."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.load import percentile
from bench.measuring import Measurements, Sample
from bench.scenarios import (
    BARE_LIFE,
    BARE_PLACING,
    FLASH_SALE,
    MANUAL_PLACING,
    ORDER_LIFE,
    PLAIN_PLACING,
    SEVERAL_WORKERS,
    STRIPE_PLACING,
)

_BASELINES = {
    STRIPE_PLACING: (BARE_PLACING,),
    MANUAL_PLACING: (BARE_PLACING, PLAIN_PLACING),
    FLASH_SALE: (MANUAL_PLACING,),
    ORDER_LIFE: (BARE_LIFE,),
}


@dataclass(frozen=True)
class Figure:
    """A scenario at a number of clients. `p99_ms` is over all rounds together, all else a median of rounds.

    `cpu_ms` is processor time for each order by process, the work after the last answer included. `came_back`
    is how often clients were sent away for a moment, in all rounds together.
    """

    scenario: str
    clients: int
    orders: int
    p50_ms: float
    p99_ms: float
    orders_per_second: float
    settling_seconds: float
    came_back: int
    cpu_ms: dict[str, float]

    @property
    def cpu_ms_in_all(self) -> float:
        return sum(self.cpu_ms.values())


@dataclass(frozen=True)
class Ratio:
    """A scenario as multiples of another one: the medians of each round's ratios."""

    scenario: str
    against: str
    clients: int
    p50: float
    orders_per_second: float


def figures(measured: Measurements) -> list[Figure]:
    """One for each scenario and number of clients."""
    return [_figure(name, clients, samples) for (name, clients), samples in measured.samples.items()]


def ratios(measured: Measurements) -> list[Ratio]:
    """Each scenario against those of the same round that it is held against."""
    return [
        Ratio(
            scenario=name,
            against=against,
            clients=clients,
            p50=_ratio(samples, measured.samples[against, clients], _p50),
            orders_per_second=_ratio(samples, measured.samples[against, clients], _rate),
        )
        for (name, clients), samples in measured.samples.items()
        for against in _baselines(name)
    ]


def _baselines(name: str) -> tuple[str, ...]:
    several = name.endswith(SEVERAL_WORKERS.rpartition("}")[2])
    return (MANUAL_PLACING,) if several else _BASELINES.get(name, ())


def _p50(sample: Sample) -> float:
    return sample.load.p50


def _rate(sample: Sample) -> float:
    return sample.load.per_second


def _ratio(samples: list[Sample], others: list[Sample], of: Callable[[Sample], float]) -> float:
    return median(of(sample) / of(other) for sample, other in zip(samples, others, strict=True))


def _figure(name: str, clients: int, samples: list[Sample]) -> Figure:
    latencies = [latency for sample in samples for latency in sample.load.latencies]
    return Figure(
        scenario=name,
        clients=clients,
        orders=len(latencies),
        p50_ms=median(map(_p50, samples)) * 1000,
        p99_ms=percentile(latencies, 99) * 1000,
        orders_per_second=median(map(_rate, samples)),
        settling_seconds=median(sample.settling for sample in samples),
        came_back=sum(sample.came_back for sample in samples),
        cpu_ms={process: _cpu_ms(process, samples) for process in samples[0].cpu},
    )


def _cpu_ms(process: str, samples: list[Sample]) -> float:
    return median(sample.cpu[process] / len(sample.load.latencies) for sample in samples) * 1000
