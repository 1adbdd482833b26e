"""A file of products as spreadsheets write it: which encoding and separator, which columns, which rows."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import ImportFileInvalid

MOST_BYTES = 20_000_000
MOST_ROWS = 50_000

COLUMNS = ("sku", "title", "description", "price", "available_quantity", "is_active", "image")
_KNOWN = {name: name for name in COLUMNS} | {"featured_image": "image"}
_SEPARATORS = ",;\t"
# What Excel writes and reads as a first line that names the separator.
_SEPARATOR_LINE = "sep="
# Archives (xlsx, ods), the old Excel's container, PDF.
_NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class FileRow:
    """A row that holds something: the line that it begins in and its cells by column."""

    position: int
    line: int
    cells: Mapping[str, str]
    # Negative: cells are missing; positive: there are more than the header has columns.
    surplus: int = 0


@dataclass(frozen=True)
class ProductFile:
    """What a file says: how it is written, its columns, those that mean nothing here, and its rows."""

    encoding: str
    columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    rows: Sequence[FileRow]


def read_product_file(content: bytes) -> ProductFile:
    """The rows of a CSV file: UTF-8 or Windows-1252, separated by commas, semicolons or tabs.

    Columns are known by their names in the first row, in any order. Rows without any text are left out.
    Raises ImportFileInvalid with a `reason` and, where there is one, the `line`.
    """
    text, encoding = _decoded(content)
    first, separator = _beginning(text)
    records = _records(text, separator, skip=first)
    line, names = next(records, (1, []))
    columns = _columns(names, line)
    rows = list(_rows(records, columns))
    if not rows:
        raise _invalid("no_rows", "There are no products below the row with the names of the columns.")
    known = tuple(column for column in columns if column in _KNOWN.values())
    unknown = tuple(name.strip() for name in names if name.strip() and _key(name) not in _KNOWN)
    return ProductFile(encoding, known, unknown, rows)


def shown_name(name: str) -> str:
    """A name that may be anything, as far as it can be kept and shown."""
    return "".join(character for character in name[:60] if character.isprintable()) or "?"


def _decoded(content: bytes) -> tuple[str, str]:
    if not content.strip():
        raise _invalid("empty", "The file is empty.")
    if content.startswith(_NOT_TEXT):
        raise _invalid("not_csv", "This is not a CSV file. Please save the table as CSV (UTF-8).")
    if content.startswith(_UTF_16):
        raise _invalid("encoding", "The file is UTF-16. Please save the table as CSV (UTF-8).")
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        raise _invalid("encoding", "The file is neither UTF-8 nor Windows-1252.") from None


def _beginning(text: str) -> tuple[int, str]:
    """How many lines come before the header, and what separates cells."""
    first = text[: text.find("\n") + 1 or len(text)].strip()
    named = first.strip('"')
    if named.casefold().startswith(_SEPARATOR_LINE) and len(named) == len(_SEPARATOR_LINE) + 1:
        return 1, named[-1]
    if named.casefold() == _SEPARATOR_LINE:  # a tab, which was taken off with the line's end
        return 1, "\t"
    return 0, max(_SEPARATORS, key=lambda separator: _known_in(text, separator))


def _known_in(text: str, separator: str) -> tuple[int, int]:
    """How many columns are known, and how many there are, if this separates them."""
    try:
        names = next((cells for _, cells in _records(text, separator)), [])
    except ImportFileInvalid:
        return 0, 0
    return sum(_key(name) in _KNOWN for name in names), len(names)


def _records(text: str, separator: str, *, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the line that it begins in."""
    lines = io.StringIO(text, newline="")
    for _ in range(skip):
        lines.readline()
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = skip + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            message = f"A quotation mark is missing, or one too many, in what begins in line {line}."
            raise _invalid("malformed", message, line) from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def _columns(names: Sequence[str], line: int) -> list[str]:
    """The column behind each name; an unknown one keeps its own, which is no column's."""
    columns = [_KNOWN.get(_key(name), f"?{name}") for name in names]
    if "sku" not in columns:
        raise _invalid(
            "no_sku_column", "The first row names the columns, and one of them has to be sku.", line
        )
    for column in COLUMNS:
        if columns.count(column) > 1:
            raise _invalid("column_twice", f"There is more than one column {column}.", line, column=column)
    return columns


def _rows(records: Iterator[tuple[int, list[str]]], columns: Sequence[str]) -> Iterator[FileRow]:
    for position, (line, cells) in enumerate(records, start=1):
        if position > MOST_ROWS:
            raise _invalid("too_many_rows", f"A file has at most {MOST_ROWS} rows; please divide it.")
        named = {
            column: cell for column, cell in zip(columns, cells, strict=False) if not column.startswith("?")
        }
        surplus = sum(bool(cell.strip()) for cell in cells[len(columns) :]) or min(
            0, len(cells) - len(columns)
        )
        yield FileRow(position, line, named, surplus)


def _key(name: str) -> str:
    return name.strip().casefold()


def _invalid(reason: str, message: str, line: int | None = None, **fields: str) -> ImportFileInvalid:
    place = {} if line is None else {"line": line}
    return ImportFileInvalid(message, reason=reason, **place, **fields)
