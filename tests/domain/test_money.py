"""Amounts: rounding, minor units, Money and allocation."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import CurrencyNotSupported, InvalidAmount
from domain.money import (
    AMOUNT_LIMIT,
    CENT,
    Money,
    allocate,
    exact,
    from_minor_units,
    minor_digits,
    quantize,
    to_minor_units,
)

CURRENCIES = ("EUR", "JPY", "ISK")


def amounts(currency: str, least: int = -(10**10) + 1) -> st.SearchStrategy[Decimal]:
    places = minor_digits(currency)
    return st.decimals(min_value=least, max_value=10**10 - 1, places=places)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("1.005", "EUR", "1.01"),
        ("1.004999", "EUR", "1.00"),
        ("-1.005", "EUR", "-1.01"),
        ("2.5", "EUR", "2.50"),
        ("0.5", "JPY", "1"),
        ("1234.49", "JPY", "1234"),
        ("9.5", "ISK", "10"),
        ("-0.004", "EUR", "0.00"),
    ],
)
def test_quantize_rounds_half_up(amount: str, currency: str, rounded: str) -> None:
    assert str(quantize(Decimal(amount), currency)) == rounded


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1e10", "-1e10", "1e90", "9999999999.995"]
)
def test_quantize_refuses_what_storage_cannot_hold(amount: str) -> None:
    with pytest.raises(InvalidAmount):
        quantize(Decimal(amount), "EUR")


@pytest.mark.parametrize("currency", ["KWD", "BHD", "CLF", "eur", "EU", "EURO", "E1R", "ÉUR", ""])
def test_currency_is_refused_when_unknown_or_finer_than_storage(currency: str) -> None:
    with pytest.raises(CurrencyNotSupported) as refused:
        quantize(Decimal(1), currency)
    assert refused.value.fields == {"currency": currency}


def test_exact_refuses_to_round() -> None:
    assert str(exact(Decimal("1.9"), "EUR")) == "1.90"
    with pytest.raises(InvalidAmount):
        exact(Decimal("1.901"), "EUR")
    with pytest.raises(InvalidAmount):
        exact(Decimal("1.50"), "JPY")


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("19.90", "EUR", 1990), ("500", "JPY", 500), ("5", "ISK", 500), ("5", "UGX", 500), ("-0.01", "USD", -1)],
)
def test_minor_units_are_stripes(amount: str, currency: str, units: int) -> None:
    assert to_minor_units(Decimal(amount), currency) == units
    assert from_minor_units(units, currency) == Decimal(amount)


def test_minor_units_refuse_fractions() -> None:
    with pytest.raises(InvalidAmount):
        to_minor_units(Decimal("0.005"), "EUR")


@pytest.mark.parametrize("currency", ["ISK", "UGX"])
def test_whole_unit_currencies_counted_in_hundredths_refuse_fractions(currency: str) -> None:
    with pytest.raises(InvalidAmount):
        from_minor_units(550, currency)


@given(st.sampled_from(CURRENCIES).flatmap(lambda currency: st.tuples(amounts(currency), st.just(currency))))
def test_minor_units_round_trip(priced: tuple[Decimal, str]) -> None:
    amount, currency = priced
    units = to_minor_units(amount, currency)
    assert from_minor_units(units, currency) == amount
    assert to_minor_units(from_minor_units(units, currency), currency) == units


@given(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6))
def test_quantize_is_the_nearest_cent_and_settled(amount: Decimal) -> None:
    rounded = quantize(amount, "EUR")
    assert abs(rounded - amount) <= CENT / 2
    assert quantize(rounded, "EUR") == rounded
    assert quantize(-amount, "EUR") == -rounded


def test_money_adds_subtracts_and_compares() -> None:
    price, shipping = Money(Decimal("19.9"), "EUR"), Money(Decimal("4.95"), "EUR")
    assert price + shipping == Money(Decimal("24.85"), "EUR")
    assert str((price - shipping).amount) == "14.95"
    assert shipping < price
    assert price >= shipping
    assert max(price, shipping) is price
    assert str(price.amount) == "19.90"
    assert hash(price) == hash(Money(Decimal("19.90"), "EUR"))


@pytest.mark.parametrize(
    "combine", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a >= b]
)
def test_money_refuses_mixed_currencies(combine: Callable[[Money, Money], object]) -> None:
    with pytest.raises(InvalidAmount) as refused:
        combine(Money(Decimal(1), "EUR"), Money(Decimal(1), "USD"))
    assert refused.value.fields == {"currency": "EUR", "other_currency": "USD"}


def test_money_of_different_currencies_is_unequal() -> None:
    assert Money(Decimal(1), "EUR") != Money(Decimal(1), "USD")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "0.001", "10000000000"])
def test_money_refuses_inexact_amounts(amount: str) -> None:
    with pytest.raises(InvalidAmount):
        Money(Decimal(amount), "EUR")


def test_money_refuses_a_sum_beyond_storage() -> None:
    most = Money(AMOUNT_LIMIT - CENT, "EUR")
    with pytest.raises(InvalidAmount):
        most + most


@pytest.mark.parametrize(
    ("total", "weights", "currency", "shares"),
    [
        ("10.00", [1, 1, 1], "EUR", ["3.34", "3.33", "3.33"]),
        ("-10.00", [1, 1, 1], "EUR", ["-3.34", "-3.33", "-3.33"]),
        ("0.05", [0, 0], "EUR", ["0.03", "0.02"]),
        ("1.00", [0, 3, 0], "EUR", ["0.00", "1.00", "0.00"]),
        ("0.01", [1, 2], "EUR", ["0.00", "0.01"]),
        ("100", [1, 2], "JPY", ["33", "67"]),
        ("0.00", [1, 2], "EUR", ["0.00", "0.00"]),
        ("0", [], "EUR", []),
    ],
)
def test_allocate_gives_the_rest_to_the_largest_remainder(
    total: str, weights: list[Decimal | int], currency: str, shares: list[str]
) -> None:
    assert [str(share) for share in allocate(Decimal(total), weights, currency)] == shares


@pytest.mark.parametrize(
    ("total", "weights"),
    [
        ("1.00", []),
        ("1.00", [1, -1]),
        ("1.00", [Decimal("NaN")]),
        ("1.00", [Decimal("Infinity")]),
        ("1.001", [1]),
    ],
)
def test_allocate_refuses_what_has_no_answer(total: str, weights: list[Decimal | int]) -> None:
    with pytest.raises(InvalidAmount):
        allocate(Decimal(total), weights, "EUR")


WEIGHTS = st.lists(
    st.integers(0, 10**6) | st.decimals(min_value=0, max_value=10**6, places=4), min_size=1, max_size=40
)


@given(st.sampled_from(CURRENCIES), st.data(), WEIGHTS)
@example("EUR", None, [Decimal("0.0001"), 10**6])
def test_allocate_sums_exactly_and_stays_within_one_unit(
    currency: str, data: st.DataObject | None, weights: list[Decimal | int]
) -> None:
    total = data.draw(amounts(currency)) if data else -AMOUNT_LIMIT + CENT
    shares = allocate(total, weights, currency)
    assert sum(shares) == total
    unit = Fraction(1, 10 ** minor_digits(currency))
    fair = [Fraction(weight) for weight in weights]
    if not any(fair):
        fair = [Fraction(1)] * len(weights)
    for share, weight in zip(shares, fair, strict=True):
        assert abs(Fraction(share) - Fraction(total) * weight / sum(fair)) < unit
        assert share == quantize(share, currency)


@given(amounts("EUR"), WEIGHTS)
def test_allocate_of_a_negative_total_mirrors_the_positive(
    total: Decimal, weights: list[Decimal | int]
) -> None:
    assert allocate(-total, weights, "EUR") == tuple(-share for share in allocate(total, weights, "EUR"))
