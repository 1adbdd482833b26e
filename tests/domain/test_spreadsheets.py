"""CSV lines come back from a reader as they were, and none of their cells is a formula."""

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.spreadsheets import csv_lines, defused

SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
risky = st.text(st.sampled_from([*SIGNS, "\t", "\r", "\n", ";", ",", '"', "'", " ", "a", "0", "é"]))
texts = st.one_of(st.text(), risky)
amounts = st.decimals(min_value=Decimal("-9999999999.99"), max_value=Decimal("9999999999.99"), places=2)


def read(lines: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(lines, newline=""), strict=True))


@given(st.lists(st.lists(texts, min_size=2, max_size=4)))
def test_rows_come_back_as_they_were_written(rows: list[list[str]]) -> None:
    assert read(csv_lines(rows)) == [[defused(cell) for cell in row] for row in rows]


@given(texts)
def test_only_apostrophes_before_formulas_are_added(text: str) -> None:
    shown = defused(text)

    assert not shown.startswith((*SIGNS, "\t", "\r", "\n"))
    assert not any(part.startswith(SIGNS) for part in re.split("[;\t\r\n]", shown))
    assert shown.replace("'", "") == text.replace("'", "")
    assert defused(shown) == shown


@given(st.text(st.characters(codec="utf-8", exclude_characters="".join(SIGNS))))
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert defused(text) == ("'" + text if text.startswith(("\t", "\r", "\n")) else text)


@given(amounts, texts)
def test_numbers_stay_numbers(amount: Decimal, text: str) -> None:
    [[before, shown, after]] = read(csv_lines([(text, str(amount), text)], ready={1}))

    assert Decimal(shown) == amount
    assert (before, after) == (defused(text), defused(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+2", "'=1+2"),
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+352 691", "'+352 691"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("a;=1", "a;'=1"),
        ("O'Neill", "O'Neill"),
        ("jane-doe@mail.example", "jane-doe@mail.example"),
        ("a\r\nb", "a\r\nb"),
        ("", ""),
    ],
)
def test_text_is_defused(text: str, shown: str) -> None:
    assert defused(text) == shown


def test_line_is_as_rfc_4180_has_it() -> None:
    row = ("-5.00", 'a "b", c', None, "", "3", "x\ny")

    assert csv_lines([row], ready={0, 4}) == '-5.00,"a ""b"", c",,,3,"x\ny"\r\n'
