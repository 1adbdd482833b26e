"""Rows of a CSV file (RFC 4180) that spreadsheets open as what they are: no text becomes a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

Cell: TypeAlias = str | int | Decimal | datetime | None

# Excel takes a file without it for the local code page.
BYTE_ORDER_MARK = "\ufeff"

# = + - @ and their full-width forms; tab and line breaks are skipped before them.
# https://owasp.org/www-community/attacks/CSV_Injection
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
# Where the list separator is a semicolon or a tab, a spreadsheet begins a cell after one of those, too.
_FORMULA = re.compile(rf"\A(?=[{_SIGNS}\t\r\n])|(?<=[;\t\r\n])(?=[{_SIGNS}])")


def defused(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would take for the beginning of a formula."""
    return _FORMULA.sub("'", text)


def written(cell: Cell) -> str:
    """A cell as text: amounts with two decimals and a dot, times as ISO 8601 in UTC, nothing as nothing.

    Numbers stay numbers, negative ones as well; only text is defused.
    """
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:.2f}"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(cell) if isinstance(cell, int) else defused(cell)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as lines of a CSV file, each with its line break."""
    lines = io.StringIO(newline="")
    csv.writer(lines, lineterminator="\r\n").writerows([written(cell) for cell in row] for row in rows)
    return lines.getvalue()
