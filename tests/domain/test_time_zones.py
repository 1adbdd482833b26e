"""Names of time zones, and those of countries."""

from string import ascii_uppercase

import pytest

from domain.time_zones import time_zones, usual_time_zone


def test_names_are_those_of_iana() -> None:
    assert {"UTC", "Europe/Luxembourg", "America/Argentina/Buenos_Aires"} <= time_zones()
    assert time_zones().isdisjoint({"localtime", "", "Europe", "../etc/passwd", "Mars/Olympus"})


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("LU", "Europe/Luxembourg"),
        ("de", "Europe/Berlin"),
        ("EL", "Europe/Athens"),  # how VAT calls Greece
        ("US", "UTC"),
        ("XX", "UTC"),
    ],
)
def test_country_says_where_a_shop_is(country: str, zone: str) -> None:
    assert usual_time_zone(country) == zone


def test_every_zone_of_a_country_is_one() -> None:
    codes = [f"{first}{second}" for first in ascii_uppercase for second in ascii_uppercase]

    assert {usual_time_zone(code) for code in codes} <= time_zones()
    assert sum(usual_time_zone(code) != "UTC" for code in codes) > 27  # the EU's and some more
