"""What a run was given and what held: tables for the terminal, JSON for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.faults.trial import Verdict

_SHOWN = 8


def document(verdict: Verdict) -> dict[str, Any]:
    """The verdict for programs."""
    plan = verdict.plan
    return {
        "seed": plan.seed,
        "orders": plan.orders,
        "seconds": round(verdict.seconds, 1),
        "holds": verdict.holds,
        "done": verdict.done,
        "injected": [asdict(injected) for injected in verdict.injected],
        "repaired": verdict.repaired,
        "invariants": [asdict(each) | {"holds": each.holds} for each in verdict.invariants],
    }


def write_json(verdict: Verdict, file: Path) -> None:
    """Write the verdict to a file."""
    file.write_text(json.dumps(document(verdict), indent=2) + "\n", encoding="utf-8")


def show(verdict: Verdict, console: Console) -> None:
    """Print what was done, what was injected, and each invariant."""
    console.print(table("What people did", ("", "times"), [(k, str(n)) for k, n in verdict.done.items()]))
    injected = [(each.where, each.kind, str(each.matched), str(each.hit)) for each in verdict.injected]
    console.print(table("What went wrong on purpose", ("where", "fault", "could hit", "hit"), injected))
    rows = [
        (each.name, str(each.compared), str(len(each.broken)), "holds" if each.holds else "BROKEN")
        for each in verdict.invariants
    ]
    console.print(table("What has to hold", ("invariant", "compared", "broken", ""), rows))
    for invariant in verdict.invariants:
        for sentence in invariant.broken[:_SHOWN]:
            console.print(f"{invariant.name}: {sentence}", style="red", markup=False)
    repaired = ", ".join(f"{code} {number}" for code, number in verdict.repaired.items()) or "nothing"
    plan = verdict.plan
    console.print(
        f"{plan.orders} orders, seed {plan.seed}, {verdict.seconds:.0f} s; reconciliation repaired {repaired}"
    )


def table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    """A table whose columns of numbers are aligned as numbers."""
    table = Table(title=title, box=box.SIMPLE, title_justify="left", pad_edge=False)
    for number, column in enumerate(columns):
        numeric = bool(rows) and rows[0][number].isdigit()
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*row)
    return table
