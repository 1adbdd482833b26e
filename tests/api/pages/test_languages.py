"""The visitor's language out of what the browser says, and how values are written in it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.languages import LANGUAGES, SOURCE_LANGUAGE

# Babel puts a no-break space between a number and its sign.
NBSP, NARROW = "\u00a0", "\u202f"
PRICE = Decimal("1234.5")
MOMENT = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))


def region(accepted: str | None) -> str:
    return str(LANGUAGES.choose(accepted).locale)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (None, "en"),
        ("", "en"),
        ("*", "en"),
        ("de", "de"),
        ("de-AT", "de_AT"),
        ("en-GB,en;q=0.9,de;q=0.8", "en_GB"),
        ("de;q=0.5, fr;q=0.9, en;q=0.1", "fr"),
        ("fr;q=0, de;q=0.3", "de"),
        # The first of equals is meant most.
        ("fr, de", "fr"),
        ("fr;q=0.7,de;q=0.7", "fr"),
        (" fr-LU ; q=0.8 , de ; q=0.9 ", "de"),
        ("FR-lu", "fr_LU"),
        ("zh-Hant-TW", "zh_Hant_TW"),
        ("fr;, de", "fr"),
        # Languages that nobody writes are passed over.
        ("xx, de;q=0.1", "de"),
        ("xx-YY", "en"),
    ],
)
def test_region_is_the_most_wanted_that_is_known(accepted: str | None, expected: str) -> None:
    assert region(accepted) == expected


@pytest.mark.parametrize(
    "rubbish",
    ["fr;q=nan", "fr;q=inf", "fr;q=-1", "fr;q=2", "fr;q=1e9", "fr;q=often", "fr;q=0.5;q=0.9", "f\x00r"],
)
def test_entry_that_makes_no_sense_is_passed_over(rubbish: str) -> None:
    assert region(f"{rubbish},de;q=0.2") == "de"


def test_only_the_first_entries_are_read() -> None:
    assert region(",".join(["xx"] * 20 + ["de"])) == "en"


@given(st.text(max_size=200) | st.text(alphabet="abcdeENFRzh-_*;,=q.0159 @", max_size=80))
def test_any_header_has_a_language_that_can_write(accepted: str) -> None:
    language = LANGUAGES.choose(accepted)

    assert language.code == SOURCE_LANGUAGE or language.code.isascii()
    for written in (
        language.money(PRICE, "EUR"),
        language.number(3),
        language.percent(Decimal(17)),
        language.day(MOMENT),
        language.moment(MOMENT),
        language.country("LU"),
    ):
        assert written


@pytest.mark.parametrize(
    ("accepted", "money", "number", "percent", "country"),
    [
        ("de", f"1.234,50{NBSP}€", "1.234,5", f"17{NBSP}%", "Österreich"),
        ("fr", f"1{NARROW}234,50{NBSP}€", f"1{NARROW}234,5", f"17{NBSP}%", "Autriche"),
        ("en-GB", "€1,234.50", "1,234.5", "17%", "Austria"),
        ("en", "€1,234.50", "1,234.5", "17%", "Austria"),
    ],
)
def test_values_are_written_as_the_region_does(
    accepted: str, money: str, number: str, percent: str, country: str
) -> None:
    language = LANGUAGES.choose(accepted)

    assert language.money(PRICE, "EUR") == money
    assert language.number(PRICE) == number
    assert language.percent(Decimal("17.00")) == percent
    assert language.country("AT") == country
    assert language.country("QQ") == "QQ"


def test_currencies_have_their_own_decimals() -> None:
    english = LANGUAGES.choose("en")
    assert english.money(Decimal("1234.50"), "USD") == "$1,234.50"
    assert english.money(Decimal(1234), "JPY") == "¥1,234"
    assert english.money(Decimal("-5.9"), "EUR") == "-€5.90"


def test_rates_keep_their_decimals() -> None:
    assert LANGUAGES.choose("en").percent(Decimal("5.50")) == "5.5%"
    assert LANGUAGES.choose("en").percent(Decimal("0.00")) == "0%"


@pytest.mark.parametrize(
    ("accepted", "day", "moment"),
    [
        ("de", "28.02.2026", "28.02.2026, 23:30:00 UTC"),
        ("fr", "28 févr. 2026", "28 févr. 2026, 23:30:00 UTC"),
        ("en-GB", "28 Feb 2026", "28 Feb 2026, 23:30:00 UTC"),
        ("en", "Feb 28, 2026", f"Feb 28, 2026, 11:30:00{NARROW}PM UTC"),
    ],
)
def test_dates_are_in_utc(accepted: str, day: str, moment: str) -> None:
    language = LANGUAGES.choose(accepted)

    assert language.day(MOMENT) == day
    assert language.moment(MOMENT) == moment
    assert language.day(MOMENT.astimezone(UTC)) == day
