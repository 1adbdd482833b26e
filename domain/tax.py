"""Value added tax: which rate holds where and when, and what it makes of an amount."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.errors import CountryNotSupported, InvalidAmount
from domain.money import quantize

# The EU writes EL for Greece and UK for the United Kingdom where ISO 3166 has GR and GB
# (https://publications.europa.eu/code/en/en-370100.htm).
_EU_CODES = {"EL": "GR", "UK": "GB"}


def normalise_country(country: str) -> str:
    """The ISO 3166 alpha-2 code in upper case. Raises CountryNotSupported when it is not one."""
    code = country.strip()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise CountryNotSupported(f"{country!r} is not a country code.", country=country)
    return _EU_CODES.get(code.upper(), code.upper())


def check_rate(rate: Decimal) -> None:
    """Raise InvalidAmount unless `rate` is a percentage from 0 to 100 with at most two decimals."""
    if not rate.is_finite() or not 0 <= rate <= 100 or rate != round(rate, 2):
        raise InvalidAmount("A tax rate is a percentage from 0 to 100 with two decimals.", tax_rate=str(rate))


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The standard rate of a country in per cent (17 means 17 %), from a day on until the next one.

    Raises CountryNotSupported for a code that is none, InvalidAmount for a rate outside 0 to 100.
    """

    country: str
    rate: Decimal
    valid_from: date

    def __post_init__(self) -> None:
        object.__setattr__(self, "country", normalise_country(self.country))
        check_rate(self.rate)


def rate_for(rates: Iterable[TaxRate], country: str, on: date) -> Decimal:
    """The rate in per cent that holds in `country` on the day `on`.

    Raises CountryNotSupported when there is none: an unknown country is refused, never taxed at 0 %.
    """
    code = normalise_country(country)
    in_force = [rate for rate in rates if rate.country == code and rate.valid_from <= on]
    if not in_force:
        raise CountryNotSupported(
            f"There is no tax rate for {code} on {on}, so nothing is sold there.", country=code
        )
    return max(in_force, key=lambda rate: rate.valid_from).rate


def tax_on_net(net: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The tax on a net amount at `rate` per cent, rounded half-up."""
    return quantize(net * rate / 100, currency)


def net_of_gross(gross: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The net amount in a gross one at `rate` per cent, rounded half-up; the rest of `gross` is the tax."""
    return quantize(gross * 100 / (100 + rate), currency)


@dataclass(frozen=True, slots=True)
class TaxedPrice:
    """An amount without tax, the tax and both together. Raises InvalidAmount unless they add up."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    rate: Decimal

    def __post_init__(self) -> None:
        check_rate(self.rate)
        if self.net + self.tax != self.gross:
            raise InvalidAmount(
                "Net and tax must add up to gross.",
                net=str(self.net),
                tax=str(self.tax),
                gross=str(self.gross),
            )

    @classmethod
    def from_net(cls, net: Decimal, rate: Decimal, currency: str) -> "TaxedPrice":
        """The price whose net amount is known; the tax is added."""
        tax = tax_on_net(net, rate, currency)
        return cls(net=net, tax=tax, gross=net + tax, rate=rate)

    @classmethod
    def from_gross(cls, gross: Decimal, rate: Decimal, currency: str) -> "TaxedPrice":
        """The price whose gross amount is known; the tax is the part contained in it."""
        net = net_of_gross(gross, rate, currency)
        return cls(net=net, tax=gross - net, gross=gross, rate=rate)


@dataclass(frozen=True, slots=True)
class TaxHistory:
    """A country's rates seen from a day: what holds, what is to come, and what was, newest first."""

    country: str
    now: TaxRate | None
    coming: tuple[TaxRate, ...]
    past: tuple[TaxRate, ...]

    @classmethod
    def of(cls, rates: Iterable[TaxRate], *, on: date) -> "TaxHistory":
        """The history of one country, of which there has to be a rate."""
        ordered = sorted(rates, key=lambda rate: rate.valid_from)
        begun = [rate for rate in ordered if rate.valid_from <= on]
        return cls(
            country=ordered[0].country,
            now=begun[-1] if begun else None,
            coming=tuple(ordered[len(begun) :]),
            past=tuple(reversed(begun[:-1])),
        )
