"""Rows of a file: what they say by the rules for any product, and what that would change."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import products
from domain.product_files import read_product_file
from domain.product_reports import report_row
from domain.product_rows import GivenProduct, KnownProduct, ReadRow, RowKind, judge, read_rows
from domain.products import FieldRefused

KNOWN = KnownProduct("A", "Mug", "Blue", Decimal("19.90"), 10, True, None)


def read(text: str, currency: str = "EUR") -> list[ReadRow]:
    return list(read_rows(read_product_file(text.encode()), currency))


def test_a_row_says_what_its_cells_say_and_nothing_of_empty_ones() -> None:
    full, empty = read(
        "sku;title;description;price;available_quantity;is_active;image\n"
        'A ; Mug ;"two\nlines";19,90;12;WAHR;/mug.png\nB;;;;;;\n'
    )

    assert full.given == GivenProduct("A", "Mug", "two\nlines", Decimal("19.90"), 12, True, "/mug.png")
    assert empty.given == GivenProduct("B")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("sku\n \x00\n", "value_error"),
        (f"sku\n{'x' * 65}\n", "string_too_long"),
        ("sku,title\n,Mug\n", "string_too_short"),
        ("sku,title\nA,a\x00b\n", "value_error"),
        ('sku,title\nA,"a\nb"\n', "value_error"),
        ("sku,price\nA,-1\n", "decimal_parsing"),
        ("sku,price\nA,10000000000\n", "invalid_amount"),
        ('sku,price\nA,"1,234"\n', "price_unclear"),
        ("sku,available_quantity\nA,1000000001\n", "less_than_equal"),
        ("sku,is_active\nA,perhaps\n", "bool_parsing"),
        ("sku,image\nA,javascript:alert(1)\n", "string_pattern_mismatch"),
        ("sku\n4.00638E+12\n", "sku_shortened"),
        ("sku,title\nA\n", "row_too_short"),
        ("sku,title\nA,B,C\n", "row_too_long"),
    ],
)
def test_wrong_rows_name_the_problem(cells: str, code: str) -> None:
    (row,) = read(cells)

    assert row.given is None
    assert [problem.code for problem in row.problems] == [code]


def test_a_currency_without_decimals_takes_whole_prices_only() -> None:
    good, wrong = read("sku,price\nA,150\nB,1.50\n", "JPY")

    assert good.given is not None
    assert [problem.code for problem in wrong.problems] == ["invalid_amount"]


def test_rows_with_the_same_sku_are_all_wrong_and_name_each_other() -> None:
    first, other, second = read("sku\nA\nB\n A \n")

    assert other.given == GivenProduct("B")
    assert [row.problems[0].message for row in (first, second)] == ["is also in line 4", "is also in line 2"]


def test_verdicts() -> None:
    assert judge(GivenProduct("A"), KNOWN).kind == RowKind.UNCHANGED
    assert (
        judge(GivenProduct("A", price=Decimal("19.9"), available_quantity=10), KNOWN).kind
        == RowKind.UNCHANGED
    )
    changed = judge(GivenProduct("A", title="Cup", available_quantity=7), KNOWN)
    assert (changed.kind, changed.changes_product) == (RowKind.CHANGED, True)
    assert changed.changes == {"title": ("Mug", "Cup"), "available_quantity": (10, 7)}
    assert not judge(GivenProduct("A", available_quantity=7), KNOWN).changes_product
    assert judge(GivenProduct("B", title="Cup", price=Decimal(1)), None).kind == RowKind.NEW
    missing = judge(GivenProduct("B", available_quantity=1), None)
    assert (missing.kind, [problem.column for problem in missing.problems]) == (
        RowKind.WRONG,
        ["title", "price"],
    )


def test_the_report_says_each_change_and_problem_in_words() -> None:
    changes: dict[str, list[object]] = {
        "price": ["19.90", "25.00"],
        "is_active": [True, False],
        "featured_image": [None, "/a.png"],
    }

    assert report_row(2, "A", "changed", changes, []) == (
        "2",
        "A",
        "changed",
        "price: 19.90 → 25.00; is_active: yes → no; featured_image: (empty) → /a.png",
    )
    problems = [{"column": "", "message": "has more cells"}, {"column": "price", "message": "is wrong"}]
    assert report_row(3, "", "wrong", {}, problems)[3] == "has more cells; price: is wrong"


@given(st.text(max_size=80), st.text(max_size=210))
def test_any_text_is_kept_by_the_rules_of_all_products_or_refused(sku: str, title: str) -> None:
    for rule, text in ((products.sku, sku), (products.title, title), (products.image, title)):
        with suppress(FieldRefused):
            kept = rule(text)
            assert kept == text.strip()
            assert rule(kept) == kept
