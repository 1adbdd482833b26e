"""What a run found, as a table for people and as JSON for machines."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table

from bench.load import Load, percentile
from bench.machine import Machine
from bench.size.exporting import Export
from bench.size.questions import Question


@dataclass(frozen=True)
class Measured:
    """The rounds of one question at one API, with the processor seconds of the API and of PostgreSQL."""

    rounds: list[Load]
    api: float
    postgres: float

    @property
    def requests(self) -> int:
        return sum(len(load.latencies) for load in self.rounds)

    @property
    def p50(self) -> float:
        return 1000 * median(load.p50 for load in self.rounds)

    @property
    def p99(self) -> float:
        return 1000 * percentile([seconds for load in self.rounds for seconds in load.latencies], 99)

    @property
    def api_ms(self) -> float:
        return 1000 * self.api / self.requests

    @property
    def postgres_ms(self) -> float:
        # A process that ended meanwhile may be missing from the account.
        return 1000 * max(0.0, self.postgres) / self.requests


@dataclass(frozen=True)
class Answered:
    """A question, how the big table answered it and how the small one did."""

    question: Question
    big: Measured
    small: Measured

    @property
    def ratio(self) -> float:
        """The median of each round's ratio of the middles."""
        return median(
            big.p50 / small.p50 for big, small in zip(self.big.rounds, self.small.rounds, strict=True)
        )


@dataclass(frozen=True)
class Report:
    """All that a run found; `sizes` are orders in all, and the vendor's who asks, for both tables."""

    machine: Machine
    sizes: dict[str, tuple[int, int]]
    filling: dict[str, float]
    answered: list[Answered]
    exports: list[Export]


def show(report: Report, console: Console) -> None:
    """Print all figures."""
    machine, sizes = report.machine, report.sizes.values()
    console.print()
    console.print(
        f"{machine.processors} processors, {machine.memory_gib} GiB, {machine.system}, Python"
        f" {machine.python}; load before the run {machine.load_before}"
    )
    console.print(" and ".join(f"{orders:,} orders, {own:,} of them the vendor's" for orders, own in sizes))
    console.print(_questions(report.answered))
    console.print(_exports(report.exports))


def write_json(report: Report, file: Path) -> None:
    """Write all figures to a file."""
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": asdict(report.machine),
        "sizes": report.sizes,
        "filling_seconds": report.filling,
        "questions": [
            {
                "name": each.question.name,
                "aim_ms": each.question.aim,
                "ratio": each.ratio,
                "big": _figures(each.big),
                "small": _figures(each.small),
            }
            for each in report.answered
        ],
        "exports": [asdict(each) | {"rows_per_second": each.per_second} for each in report.exports],
    }
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _figures(measured: Measured) -> dict[str, float]:
    return {
        "requests": measured.requests,
        "p50_ms": measured.p50,
        "p99_ms": measured.p99,
        "api_cpu_ms": measured.api_ms,
        "postgres_cpu_ms": measured.postgres_ms,
    }


def _questions(answered: list[Answered]) -> Table:
    columns = ("p50 ms", "p99 ms", "API ms", "PostgreSQL ms", "small p50 ms", "p50 big / small", "aim ms")
    table = _table("question", *columns)
    for each in answered:
        big = each.big
        aim = "" if each.question.aim is None else f"{each.question.aim:.0f}"
        table.add_row(
            each.question.name,
            *(f"{big.p50:.1f}", f"{big.p99:.1f}", f"{big.api_ms:.1f}", f"{big.postgres_ms:.1f}"),
            *(f"{each.small.p50:.1f}", f"{each.ratio:.2f}", aim),
        )
    return table


def _exports(exports: list[Export]) -> Table:
    table = _table("file", "rows", "rows/s", "MiB before", "MiB at most", "MiB after")
    for each in exports:
        memory = (f"{mib:.0f}" for mib in (each.before, each.peak, each.after))
        table.add_row(each.rows, f"{each.lines:,}", f"{each.per_second:,.0f}", *memory)
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(first, box=box.MARKDOWN)
    for other in others:
        table.add_column(other, justify="right")
    return table
