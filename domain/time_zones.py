"""Time zones: which names there are, and which one clocks in a country usually show."""

from functools import cache
from zoneinfo import available_timezones

from domain.tax import normalise_country

# Of countries with several, the one of the capital.
_OF_COUNTRIES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "CH": "Europe/Zurich",
    "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IS": "Atlantic/Reykjavik",
    "IT": "Europe/Rome",
    "LI": "Europe/Vaduz",
    "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga",
    "MT": "Europe/Malta",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
}


@cache
def time_zones() -> frozenset[str]:
    """The IANA names that there are, https://www.iana.org/time-zones; `localtime` is no such name."""
    return frozenset(available_timezones() - {"localtime"})


def usual_time_zone(country: str) -> str:
    """Where a shop of a European country is until it says so itself; UTC for other countries."""
    return _OF_COUNTRIES.get(normalise_country(country), "UTC")
