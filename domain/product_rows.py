"""What a row of a file says about a product, and what that would do to the catalogue."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from domain import products
from domain.errors import InvalidAmount
from domain.product_cells import read_flag, read_price, read_stock
from domain.product_files import FileRow, ProductFile
from domain.products import FieldRefused

# A long number that a spreadsheet shortened, as it does with bar codes: the digits are lost.
_SHORTENED = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+", re.IGNORECASE)

Change: TypeAlias = tuple[Any, Any]


class RowKind(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row, and in which of its columns."""

    column: str
    code: str
    message: str


@dataclass(frozen=True)
class GivenProduct:
    """What a row says; None: it says nothing about that, and leaves it as it is."""

    sku: str
    title: str | None = None
    description: str | None = None
    price: Decimal | None = None
    available_quantity: int | None = None
    is_active: bool | None = None
    featured_image: str | None = None


@dataclass(frozen=True)
class ReadRow:
    """A row with what it says, or what is wrong with it."""

    position: int
    line: int
    sku: str
    given: GivenProduct | None
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True)
class KnownProduct:
    """A product of the catalogue, as far as a file can change it."""

    sku: str
    title: str
    description: str
    price: Decimal
    available_quantity: int
    is_active: bool
    featured_image: str | None


@dataclass(frozen=True)
class Verdict:
    """What a row would do: its kind, each change as before and after, and what is wrong with it."""

    kind: RowKind
    changes: Mapping[str, Change] = field(default_factory=dict)
    problems: tuple[RowProblem, ...] = ()

    @property
    def changes_product(self) -> bool:
        """Whether anything but the stock changes."""
        return bool(self.changes.keys() - {"available_quantity"})


def read_rows(file: ProductFile, currency: str) -> Iterator[ReadRow]:
    """Every row of the file; of rows with the same SKU all are wrong, as nobody knows which one counts."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for row in file.rows:
        lines[row.cells.get("sku", "").strip()].append(row.line)
    for row in file.rows:
        yield _read_row(row, currency, others=[line for line in lines[_sku_of(row)] if line != row.line])


def judge(given: GivenProduct, known: KnownProduct | None) -> Verdict:
    """What a row would do to the product with its SKU, or as a new one."""
    if known is None:
        missing = tuple(
            RowProblem(name, "missing", "is needed for a product that is not there yet")
            for name in ("title", "price")
            if getattr(given, name) is None
        )
        return Verdict(RowKind.WRONG if missing else RowKind.NEW, problems=missing)
    changes = {
        item.name: (before, after)
        for item in fields(KnownProduct)
        if (after := getattr(given, item.name)) is not None and (before := getattr(known, item.name)) != after
    }
    return Verdict(RowKind.CHANGED if changes else RowKind.UNCHANGED, changes)


def _sku_of(row: FileRow) -> str:
    return row.cells.get("sku", "").strip()


def _read_row(row: FileRow, currency: str, others: list[int]) -> ReadRow:
    problems: list[RowProblem] = []
    values: dict[str, Any] = {}
    for column, rule in _rules(currency).items():
        text = row.cells.get(column, "")
        if not text.strip() and column != "sku":
            continue
        try:
            values["featured_image" if column == "image" else column] = rule(text)
        except FieldRefused as refused:
            problems.append(RowProblem(column, refused.code, refused.message))
        except InvalidAmount as refused:
            problems.append(RowProblem(column, refused.code, refused.message))
    if row.surplus:
        problems.append(_surplus(row.surplus))
    if others and "sku" in values:
        problems.append(RowProblem("sku", "sku_repeated", f"is also in line {others[0]}"))
    given = None if problems else GivenProduct(**values)
    return ReadRow(row.position, row.line, _shown(_sku_of(row)), given, tuple(problems))


def _rules(currency: str) -> Mapping[str, Callable[[str], Any]]:
    """How the text of each column becomes a value, by the rules for whatever is typed or sent."""
    return {
        "sku": _sku,
        "title": products.title,
        "description": products.description,
        "price": lambda text: products.price(read_price(text), currency),
        "available_quantity": lambda text: products.stock(read_stock(text)),
        "is_active": read_flag,
        "image": products.image,
    }


def _sku(text: str) -> str:
    kept = products.sku(text)
    if _SHORTENED.fullmatch(kept):
        raise FieldRefused(
            "sku_shortened", "is a number that a spreadsheet shortened; format the column as text"
        )
    return kept


def _surplus(surplus: int) -> RowProblem:
    if surplus > 0:
        return RowProblem("", "row_too_long", "has more cells than there are columns")
    return RowProblem("", "row_too_short", "has fewer cells than there are columns")


def _shown(sku: str) -> str:
    """A SKU that may be wrong, as far as it can be kept and shown."""
    return "".join(character for character in sku[: products.LONGEST_SKU] if character.isprintable())
