"""Currencies to choose from."""

from functools import cache

from babel import Locale
from babel.numbers import get_territory_currencies

from domain.errors import CurrencyNotSupported
from domain.money import minor_digits

_ISO_COUNTRY = 2


@cache
def list_currencies() -> tuple[str, ...]:
    """The currencies that are paid with somewhere today and that amounts can be in (ISO 4217)."""
    territories = map(str, Locale.parse("en").territories)
    countries = [code for code in territories if len(code) == _ISO_COUNTRY]
    paid_with = {currency for country in countries for currency in get_territory_currencies(country)}
    return tuple(sorted(filter(_is_supported, paid_with)))


def _is_supported(code: str) -> bool:
    try:
        minor_digits(code)
    except CurrencyNotSupported:
        return False
    return True
