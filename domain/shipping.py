"""Shipping rates by country: what a way of shipping costs to an address, if it goes there at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from domain.errors import ShippingRateRepeated
from domain.pricing import ShippingRate
from domain.tax import normalise_country

EVERYWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CountryRate:
    """A rate and the countries it is for (ISO 3166); without any, all that no other of its code is for."""

    rate: ShippingRate
    countries: frozenset[str] = EVERYWHERE

    @property
    def code(self) -> str:
        return self.rate.code


def normalise_countries(countries: Iterable[str]) -> list[str]:
    """The codes as they are stored: in upper case, each once, in order. Raises CountryNotSupported."""
    return sorted({normalise_country(country) for country in countries})


def check_apart(rates: Iterable[CountryRate]) -> None:
    """Raise ShippingRateRepeated where two rates of one code are for the same country, or both for the rest.

    So a code has at most one price in each country, whatever the order of the rates.
    """
    for one, other in combinations(rates, 2):
        if one.code != other.code:
            continue
        shared = sorted(one.countries & other.countries)
        if shared or one.countries == other.countries:
            raise ShippingRateRepeated(
                f"{one.code} has two prices for {shared[0] if shared else 'everywhere else'}.",
                shipping_method=one.code,
                country=shared[0] if shared else None,
            )


def rates_to(country: str, rates: Iterable[CountryRate]) -> tuple[ShippingRate, ...]:
    """The ways to ship to a country, one rate for each code, in the order of `rates`.

    A rate for the country stands before the one of its code for the rest.
    """
    found: dict[str, CountryRate] = {}
    serving = [rate for rate in rates if country in rate.countries or not rate.countries]
    for rate in serving:
        known = found.get(rate.code)
        if known is None or (rate.countries and not known.countries):
            found[rate.code] = rate
    return tuple(rate.rate for rate in serving if found[rate.code] is rate)


def serves(country: str, rates: Iterable[CountryRate]) -> bool:
    """Whether anything is shipped to a country."""
    return any(country in rate.countries or not rate.countries for rate in rates)
