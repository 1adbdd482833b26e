"""Amounts, numbers and yes or no as spreadsheets write them: read as what they are, or refused."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.product_cells import read_flag, read_price, read_stock
from domain.products import FieldRefused

PRICES = {
    "19.90": "19.90",
    " 19,90 ": "19.90",
    "19": "19",
    "0": "0",
    "19,9": "19.9",
    "1234.5": "1234.5",
    "1.234,50": "1234.50",
    "1,234.50": "1234.50",
    "1 234,50": "1234.50",
    "1\u202f234\u00a0567,5": "1234567.5",
    "1'234.50": "1234.50",
    "1.234.567": "1234567",
    "1,234,567": "1234567",
    "1.234.567,89": "1234567.89",
}
REFUSED_PRICES = {
    "price_unclear": ["1.234", "1,234", "12345.678"],
    "decimal_parsing": [
        "",
        "x",
        "-1",
        "19.90 €",
        "€19.90",
        "1e3",
        "NaN",
        "1.2.3",
        "1,2.34",
        "12 34",
        "١٩",
        "1_000",
        "=1+1",
        "1.234,567",
    ],
}


@pytest.mark.parametrize(("text", "amount"), PRICES.items())
def test_prices_are_read_with_point_or_comma(text: str, amount: str) -> None:
    assert read_price(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in REFUSED_PRICES.items() for text in texts]
)
def test_unclear_and_wrong_prices_are_refused(code: str, text: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        read_price(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "pieces"), [("0", 0), (" 12 ", 12), ("12,00", 12), ("12.0", 12), ("007", 7)]
)
def test_stock_is_read(text: str, pieces: int) -> None:
    assert read_stock(text) == pieces


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1.000", "1,000", "1 000", "x", "1e3", "٣", "9" * 16])
def test_other_stock_is_refused(text: str) -> None:
    with pytest.raises(FieldRefused):
        read_stock(text)


def test_flags_are_read_in_the_words_of_spreadsheets() -> None:
    assert [read_flag(text) for text in ("TRUE", "WAHR", "vrai", "1", " Ja ")] == [True] * 5
    assert [read_flag(text) for text in ("FALSE", "FALSCH", "faux", "0", "no")] == [False] * 5
    with pytest.raises(FieldRefused):
        read_flag("maybe")


@given(st.decimals(0, 10**9, places=2, allow_nan=False))
def test_every_amount_is_read_as_europe_and_america_write_it(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert read_price(f"{amount:.2f}") == read_price(english) == read_price(german) == amount


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_price, read_stock, read_flag):
        with suppress(FieldRefused):
            read(text)
