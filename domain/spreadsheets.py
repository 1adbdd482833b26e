"""Rows of a CSV file (RFC 4180) that spreadsheets open as what they are: no text becomes a formula."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from functools import partial

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


def csv_lines(rows: Iterable[Sequence[str | None]], *, ready: Collection[int] = ()) -> str:
    """The rows as lines of a CSV file, each with its line break; nothing is written as nothing.

    Cells at the places `ready` are numbers and times, which stay as they are, negative ones as well; all
    others are texts and defused.
    """
    lines, defuse = io.StringIO(newline=""), partial(_FORMULA.sub, "'")

    def written(row: Sequence[str | None]) -> list[str | None]:
        return [cell and (cell if place in ready else defuse(cell)) for place, cell in enumerate(row)]

    csv.writer(lines, lineterminator="\r\n").writerows(map(written, rows))
    return lines.getvalue()
