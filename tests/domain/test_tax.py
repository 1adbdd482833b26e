"""VAT: countries, rates in time, and what a rate makes of an amount."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CountryNotSupported, InvalidAmount
from domain.money import CENT
from domain.tax import TaxedPrice, TaxHistory, TaxRate, net_of_gross, normalise_country, rate_for, tax_on_net

RATES = [
    TaxRate("LU", Decimal(16), date(2023, 1, 1)),
    TaxRate("LU", Decimal(17), date(2024, 1, 1)),
    TaxRate("lu", Decimal(17), date(2015, 1, 1)),
    TaxRate("FR", Decimal(20), date(2014, 1, 1)),
    TaxRate("EL", Decimal(24), date(2016, 6, 1)),
]


@pytest.mark.parametrize(
    ("written", "code"),
    [("lu", "LU"), (" FR ", "FR"), ("EL", "GR"), ("el", "GR"), ("GR", "GR"), ("uk", "GB")],
)
def test_country_is_written_one_way(written: str, code: str) -> None:
    assert normalise_country(written) == code


@pytest.mark.parametrize("written", ["", "L", "LUX", "1U", "LÜ", "ß"])
def test_country_that_is_no_code_is_refused(written: str) -> None:
    with pytest.raises(CountryNotSupported):
        normalise_country(written)


@pytest.mark.parametrize(
    ("country", "on", "rate"),
    [
        ("LU", date(2022, 12, 31), 17),
        ("LU", date(2023, 1, 1), 16),
        ("LU", date(2023, 12, 31), 16),
        ("LU", date(2024, 1, 1), 17),
        ("fr", date(2026, 11, 22), 20),
        ("GR", date(2026, 11, 22), 24),
    ],
)
def test_rate_is_the_latest_in_force(country: str, on: date, rate: int) -> None:
    assert rate_for(RATES, country, on) == rate


@pytest.mark.parametrize(("country", "on"), [("CH", date(2026, 1, 1)), ("FR", date(2013, 12, 31))])
def test_rate_of_an_unknown_country_or_day_is_refused_not_zero(country: str, on: date) -> None:
    with pytest.raises(CountryNotSupported) as refused:
        rate_for(RATES, country, on)
    assert refused.value.fields == {"country": country}


@pytest.mark.parametrize("rate", ["-1", "100.01", "17.001", "NaN", "Infinity"])
def test_rate_outside_its_range_is_refused(rate: str) -> None:
    with pytest.raises(InvalidAmount):
        TaxRate("LU", Decimal(rate), date(2024, 1, 1))


@given(st.permutations(RATES), st.dates(date(2015, 1, 1), date(2030, 1, 1)))
def test_rate_does_not_depend_on_the_order_of_the_table(rates: list[TaxRate], on: date) -> None:
    assert rate_for(rates, "LU", on) == rate_for(RATES, "LU", on)
    assert rate_for([*rates, TaxRate("LU", Decimal(3), on + timedelta(days=1))], "LU", on) != 3


def test_tax_is_rounded_half_up() -> None:
    assert tax_on_net(Decimal("0.50"), Decimal(17), "EUR") == Decimal("0.09")
    assert tax_on_net(Decimal("2.50"), Decimal(17), "EUR") == Decimal("0.43")
    assert net_of_gross(Decimal("19.90"), Decimal(17), "EUR") == Decimal("17.01")
    assert net_of_gross(Decimal("1.00"), Decimal(100), "EUR") == Decimal("0.50")
    assert net_of_gross(Decimal(119), Decimal(19), "JPY") == 100


def test_taxed_price_refuses_amounts_that_do_not_add_up() -> None:
    with pytest.raises(InvalidAmount) as refused:
        TaxedPrice(net=Decimal("1.00"), tax=Decimal("0.17"), gross=Decimal("1.18"), rate=Decimal(17))
    assert refused.value.fields == {"net": "1.00", "tax": "0.17", "gross": "1.18"}
    with pytest.raises(InvalidAmount):
        TaxedPrice(net=Decimal(1), tax=Decimal(0), gross=Decimal(1), rate=Decimal(-1))


PERCENTAGES = st.decimals(min_value=0, max_value=100, places=2)


@given(st.decimals(min_value=0, max_value=10**6, places=2), PERCENTAGES)
def test_taxed_price_is_within_half_a_cent_either_way(amount: Decimal, rate: Decimal) -> None:
    added = TaxedPrice.from_net(amount, rate, "EUR")
    assert abs(added.tax - amount * rate / 100) <= CENT / 2
    contained = TaxedPrice.from_gross(amount, rate, "EUR")
    assert contained.gross == amount
    assert abs(contained.tax - amount * rate / (100 + rate)) <= CENT / 2 + Decimal("1e-20")
    assert TaxedPrice.from_gross(added.gross, rate, "EUR") == added


def test_history_tells_what_holds_what_comes_and_what_was() -> None:
    days = [date(2020, 1, 1), date(2024, 1, 1), date(2026, 1, 1), date(2027, 1, 1)]
    first, second, third, fourth = [TaxRate("LU", Decimal(rate), day) for rate, day in enumerate(days, 14)]

    history = TaxHistory.of([third, first, fourth, second], on=date(2026, 11, 28))
    before = TaxHistory.of([fourth], on=date(2026, 11, 28))

    assert (history.now, history.coming, history.past) == (third, (fourth,), (second, first))
    assert (before.country, before.now, before.coming, before.past) == ("LU", None, (fourth,), ())
