"""Countries to choose from, by their names in the visitor's language."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.languages import Language
from db.queries import tax_rates


@dataclass(frozen=True)
class CountryChoice:
    """A country to sell to: its ISO 3166 code, and its name in the visitor's language."""

    code: str
    name: str


async def list_countries(session: AsyncSession, language: Language) -> list[CountryChoice]:
    """The countries with a VAT rate today, by their names."""
    return named(await tax_rates.list_countries(session, on=datetime.now(UTC).date()), language)


def named(codes: Iterable[str], language: Language) -> list[CountryChoice]:
    """Countries by their names."""
    return sorted((CountryChoice(code, language.country(code)) for code in codes), key=_by_name)


def with_countries(
    choices: Iterable[CountryChoice], codes: Iterable[str], language: Language
) -> list[CountryChoice]:
    """The choices and those countries besides that are no choice any more, or are one only later."""
    return named({choice.code for choice in choices} | {code for code in codes if code.isalpha()}, language)


def every_country(language: Language) -> list[CountryChoice]:
    """All countries that ISO 3166 gives two letters, by their names."""
    return named(
        (
            code
            for code in map(str, language.locale.territories)
            if code.isalpha() and code not in _NO_COUNTRIES
        ),
        language,
    )


# Codes that the names' source has beside countries: unions, seas, and made-up places for tests.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def _by_name(country: CountryChoice) -> str:
    """Names in alphabetical order with accented letters beside the plain ones."""
    letters = unicodedata.normalize("NFKD", country.name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
