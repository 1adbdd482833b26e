"""The visitor's language: its texts, and how it writes prices, numbers and dates."""

import gettext
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

SOURCE_LANGUAGE = "en"
_CATALOGUES = Path(__file__).parents[1] / "locale"
_MAX_ACCEPTED = 20


@dataclass(frozen=True)
class Language:
    """Texts in one language, and values as one region writes them; somebody in Vienna may read English."""

    locale: Locale
    translations: gettext.NullTranslations
    code: str = SOURCE_LANGUAGE

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency (ISO 4217)."""
        return format_currency(amount, currency, locale=self.locale)

    def number(self, value: Decimal | int) -> str:
        """A plain number."""
        return format_decimal(value, locale=self.locale)

    def country(self, code: str) -> str:
        """A country's name (ISO 3166 alpha-2); the code where it has none."""
        return str(self.locale.territories.get(code, code))

    def percent(self, rate: Decimal) -> str:
        """A rate in percent."""
        return format_percent(rate / 100, format=None, locale=self.locale, decimal_quantization=False)

    def day(self, moment: datetime) -> str:
        """A date in UTC; the page's script turns it to the visitor's own zone."""
        return format_date(moment.astimezone(UTC), format="medium", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """A date and time in UTC, which it says."""
        return f"{format_datetime(moment.astimezone(UTC), format='medium', locale=self.locale)} UTC"


def choose_language(accepted: str | None) -> Language:
    """The language for an `Accept-Language` header (RFC 9110, section 12.5.4)."""
    preferred = _preferences(accepted or "")
    region = next((tag for tag in preferred if _locale(tag) is not None), SOURCE_LANGUAGE)
    text = negotiate_locale(preferred, [SOURCE_LANGUAGE, *_catalogues()], sep="_") or SOURCE_LANGUAGE
    return _language(region, text)


def _preferences(accepted: str) -> list[str]:
    """Language tags in Babel's spelling, most wanted first."""
    weighted = []
    for entry in accepted.split(",")[:_MAX_ACCEPTED]:
        tag, _, parameters = entry.partition(";")
        try:
            weight = float(parameters.partition("=")[2] or 1)
        except ValueError:
            continue
        weighted.append((weight, tag.strip().replace("-", "_")))
    return [tag for weight, tag in sorted(weighted, key=lambda entry: -entry[0]) if weight > 0]


@cache
def _catalogues() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _CATALOGUES.glob("*.po")))


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag)
    except (UnknownLocaleError, ValueError):
        return None


# Tags come from requests: what is kept for them is bounded by the locales that Babel knows.
@cache
def _translations(text: str) -> gettext.NullTranslations:
    path = _CATALOGUES / f"{text}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=text))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _language(region: str, text: str) -> Language:
    locale = _locale(region) or Locale.parse(SOURCE_LANGUAGE)
    return Language(locale=locale, translations=_translations(text), code=text.replace("_", "-"))
