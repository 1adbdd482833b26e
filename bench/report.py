"""What a run found: tables for the terminal, JSON for machines."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from bench import aims
from bench.figures import Figure, Ratio, figures, ratios
from bench.histories import HistoryCost
from bench.machine import Machine
from bench.measuring import Held, Measurements
from bench.plain.service import PLAIN
from bench.private_stack import BARE_WORKER
from bench.stock import Sold

_MIB = 2**20
_SIDE_BY_SIDE = {
    "temporal": ("temporal",),
    "worker": ("worker", BARE_WORKER),
    "api": ("api", PLAIN),
    "postgres": ("postgres",),
    "stripe, mail": ("stripe", "mail"),
    "generator": ("generator",),
}


@dataclass(frozen=True)
class Report:
    """All figures of one run."""

    measured_at: str
    machine: Machine
    rounds: int
    figures: list[Figure]
    ratios: list[Ratio]
    costs: list[HistoryCost]
    memory: list[Held]
    sold: Sold | None


def make_report(measured: Measurements, machine: Machine, *, rounds: int) -> Report:
    """The report of measurements that have just ended."""
    return Report(
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=machine,
        rounds=rounds,
        figures=figures(measured),
        ratios=ratios(measured),
        costs=measured.costs,
        memory=measured.memory,
        sold=measured.sold,
    )


def write_json(report: Report, file: Path) -> None:
    """Write all figures to a file."""
    file.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")


def show(report: Report, console: Console) -> None:
    """Print all figures."""
    machine = report.machine
    console.print()
    console.print(
        f"{machine.processors} processors, {machine.memory_gib} GiB, {machine.system}, Python"
        f" {machine.python}, temporalio {machine.temporalio}; load before the run {machine.load_before};"
        f" medians of {report.rounds} rounds"
    )
    console.print(_figures_table(report.figures))
    console.print(_cpu_table(report.figures))
    console.print(_ratio_table(report.ratios))
    console.print(_cost_table(report.costs))
    if report.sold is not None:
        console.print(
            f"{report.sold.pieces} pieces were sold, {report.sold.hot} of them in the flash sale;"
            " every counter is what was there less what was sold."
        )
    if report.memory:
        console.print(_memory_table(report.memory))


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.MARKDOWN)
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right", no_wrap=True)  # a narrow terminal breaks names, not numbers
    return table


def _figures_table(rows: list[Figure]) -> Table:
    columns = ("clients", "p50 ms", "p99 ms", "orders/s", "settles s", "came back", "aim")
    table = _table("Time", "scenario", *columns)
    for row in rows:
        table.add_row(
            row.scenario,
            str(row.clients),
            f"{row.p50_ms:.1f}",
            f"{row.p99_ms:.1f}",
            f"{row.orders_per_second:.1f}",
            f"{row.settling_seconds:.1f}",
            str(row.came_back or ""),
            aims.FIGURES.get((row.scenario, row.clients), ""),
        )
    return table


def _cpu_table(rows: list[Figure]) -> Table:
    """The bare worker counts as a worker and the plain service as an API, as what they stand for."""
    parts = list(_SIDE_BY_SIDE)
    table = _table("Processor milliseconds an order", "scenario", "clients", "in all", *parts)
    for row in rows:
        each = (f"{sum(row.cpu_ms[process] for process in _SIDE_BY_SIDE[part]):.1f}" for part in parts)
        table.add_row(row.scenario, str(row.clients), f"{row.cpu_ms_in_all:.1f}", *each)
    return table


def _ratio_table(rows: list[Ratio]) -> Table:
    columns = ("clients", "p50", "orders/s", "aim")
    table = _table("Ratios, each to its neighbour of the same round", "scenario", "against", *columns)
    table.columns[1].justify, table.columns[1].no_wrap = "left", False
    for row in rows:
        table.add_row(
            row.scenario,
            row.against,
            str(row.clients),
            f"{row.p50:.2f}",
            f"{row.orders_per_second:.2f}",
            aims.RATIOS.get((row.scenario, row.against), ""),
        )
    return table


def _cost_table(rows: list[HistoryCost]) -> Table:
    table = _table("In Temporal, an order", "kind", "history events", "bytes", "billable actions")
    for row in rows:
        table.add_row(row.what, str(row.events), f"{row.size:,}", str(row.actions))
    return table


def _memory_table(rows: list[Held]) -> Table:
    parts = list(rows[0].parts)
    table = _table("Memory held, MiB", "orders", *parts)
    for row in rows:
        table.add_row(f"{row.orders:,}", *(f"{row.parts[part] / _MIB:.0f}" for part in parts))
    return table
