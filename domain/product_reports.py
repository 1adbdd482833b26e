"""The report about a file of products: a row for each of its rows, for a spreadsheet."""

from collections.abc import Mapping, Sequence
from typing import Any

HEADER = ("line", "sku", "result", "details")


def report_row(
    line: int,
    sku: str | None,
    kind: str,
    changes: Mapping[str, Sequence[Any]],
    problems: Sequence[Mapping[str, Any]],
) -> tuple[str, ...]:
    """What became of a row, or would: each change as before and after, or all that is wrong."""
    told = [f"{name}: {_said(before)} → {_said(after)}" for name, (before, after) in changes.items()]
    told += [f"{problem['column']}: {problem['message']}".removeprefix(": ") for problem in problems]
    return (str(line), sku or "", kind, "; ".join(told))


def _said(value: object) -> str:
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
