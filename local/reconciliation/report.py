"""What a reconciliation found, as a table for people and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from db.queries.findings import OpenFinding
from domain.findings import CHECK_OF, Check, Code
from workflows.reconciliation_messages import Progress

_TITLES = {
    Check.EVENTS: "Events lost between Stripe and orders",
    Check.WORKFLOWS: "Orders and their workflows",
    Check.ORPHANS: "Payments without an order",
    Check.MONEY: "Money booked and money at Stripe",
    Check.STOCK: "Stock, reservations and movements",
    Check.RECORDS: "Histories and totals of orders",
    Check.STUCK: "Stuck and failed workflows",
}


def rows(progress: Progress) -> list[tuple[Check, int, int, int]]:
    """Each check with how much it compared, repaired, and left for attention."""
    repaired, attention = _by_check(progress.repaired), _by_check(progress.attention)
    return [
        (check, progress.compared.get(check, 0), repaired.get(check, 0), attention.get(check, 0))
        for check in Check
    ]


def _by_check(numbers: dict[str, int]) -> dict[Check, int]:
    found: dict[Check, int] = {}
    for code, number in numbers.items():
        check = CHECK_OF[Code(code)]
        found[check] = found.get(check, 0) + number
    return found


def table(progress: Progress) -> Table:
    """The checks and their totals."""
    shown = Table(box=None, padding=(0, 3, 0, 0), header_style="bold", show_footer=True, footer_style="bold")
    lines = rows(progress)
    totals = (
        sum(compared for _, compared, _, _ in lines),
        sum(repaired for _, _, repaired, _ in lines),
        sum(attention for _, _, _, attention in lines),
    )
    shown.add_column("Check", footer="Total")
    for name, total in zip(("Compared", "Repaired", "Needs attention"), totals, strict=True):
        shown.add_column(name, justify="right", footer=str(total))
    for check, compared, repaired, attention in lines:
        shown.add_row(
            _TITLES[check],
            str(compared),
            Text(str(repaired), style="green" if repaired else "dim"),
            Text(str(attention), style="bold red" if attention else "dim"),
        )
    return shown


def findings_list(findings: Sequence[OpenFinding]) -> RenderableType:
    """What needs attention, since when and why."""
    shown = Text()
    for finding in findings:
        shown.append(f"  {finding.subject}", style="bold").append(f"  {finding.code}", style="red")
        shown.append(f"  {finding.vendor_code}, since {finding.first_seen:%Y-%m-%d %H:%M} UTC\n", style="dim")
        shown.append(f"    {finding.reason}\n")
    return shown


def under_way(progress: Progress | None) -> RenderableType:
    """How far a walk is, while it lasts."""
    if progress is None:
        return Text("Waiting for a worker …", style="yellow")
    stage = (progress.stage or "done").replace("_", " ")
    return Group(table(progress), Text(f"\n{stage}, {progress.pages} pages …", style="cyan"))


def document(progress: Progress, findings: Sequence[OpenFinding]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "done": progress.is_done,
        "as_of": progress.as_of.isoformat(),
        "checks": {
            check: {"compared": compared, "repaired": repaired, "attention": attention}
            for check, compared, repaired, attention in rows(progress)
        },
        "repaired": progress.repaired,
        "attention": progress.attention,
        "findings": [
            {
                "vendor": finding.vendor_code,
                "subject": finding.subject,
                "order_number": finding.order_number,
                "code": finding.code,
                "reason": finding.reason,
                "first_seen": finding.first_seen.isoformat(),
                "last_seen": finding.last_seen.isoformat(),
            }
            for finding in findings
        ],
    }
