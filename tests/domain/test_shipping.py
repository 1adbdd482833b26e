"""Shipping rates by country."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CountryNotSupported, ShippingRateRepeated
from domain.pricing import ShippingRate
from domain.shipping import CountryRate, check_apart, normalise_countries, rates_to, serves


def rate(code: str, price: int, *countries: str) -> CountryRate:
    return CountryRate(ShippingRate(code, code.title(), Decimal(price)), frozenset(countries))


AT_HOME, NEIGHBOURS, ELSEWHERE = rate("post", 5, "LU"), rate("post", 9, "DE", "FR"), rate("post", 20)
EXPRESS = rate("express", 30, "LU", "DE")
RATES = [EXPRESS, ELSEWHERE, NEIGHBOURS, AT_HOME]


@pytest.mark.parametrize(
    ("country", "prices"),
    [
        ("LU", {"express": 30, "post": 5}),
        ("DE", {"express": 30, "post": 9}),
        ("FR", {"post": 9}),
        ("SE", {"post": 20}),
    ],
)
def test_price_is_that_of_the_country_or_else_of_everywhere(country: str, prices: dict[str, int]) -> None:
    assert {found.code: found.price for found in rates_to(country, RATES)} == prices


def test_rates_keep_their_order() -> None:
    assert [found.code for found in rates_to("LU", RATES)] == ["express", "post"]
    assert [found.code for found in rates_to("LU", RATES[::-1])] == ["post", "express"]


def test_nothing_goes_where_no_rate_is_for() -> None:
    assert rates_to("SE", [AT_HOME, EXPRESS]) == ()
    assert not serves("SE", [AT_HOME, EXPRESS])
    assert serves("SE", RATES)


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        (NEIGHBOURS, rate("post", 1, "DE"), "DE"),
        (ELSEWHERE, rate("post", 1), "everywhere else"),
    ],
)
def test_two_prices_for_one_place_are_refused(one: CountryRate, other: CountryRate, where: str) -> None:
    with pytest.raises(ShippingRateRepeated) as refused:
        check_apart([EXPRESS, one, other])

    assert refused.value.message == f"post has two prices for {where}."


def test_countries_are_stored_in_order_and_once() -> None:
    assert normalise_countries(["fr", "DE", " FR", "el"]) == ["DE", "FR", "GR"]
    with pytest.raises(CountryNotSupported):
        normalise_countries(["France"])


COUNTRIES = st.sampled_from(["AT", "BE", "DE", "FR", "LU"])
RATE = st.builds(rate, st.sampled_from(["post", "express", "pickup"]), st.integers(0, 50)) | st.builds(
    lambda code, price, countries: rate(code, price, *countries),
    st.sampled_from(["post", "express", "pickup"]),
    st.integers(0, 50),
    st.sets(COUNTRIES, max_size=5),
)


@given(st.lists(RATE, max_size=12), COUNTRIES)
def test_price_of_a_method_in_a_country_is_well_defined(rates: list[CountryRate], country: str) -> None:
    apart: list[CountryRate] = []
    for one in rates:
        try:
            check_apart([*apart, one])
        except ShippingRateRepeated:
            continue
        apart.append(one)

    found = rates_to(country, apart)

    codes = [rate.code for rate in found]
    assert len(codes) == len(set(codes))
    assert {rate.code for rate in apart if country in rate.countries or not rate.countries} == set(codes)
    assert set(found) == set(rates_to(country, apart[::-1]))
    for priced in found:
        own = [rate.rate for rate in apart if rate.code == priced.code and country in rate.countries]
        rest = [rate.rate for rate in apart if rate.code == priced.code and not rate.countries]
        assert [priced] == (own or rest)
    assert serves(country, apart) == bool(found)
