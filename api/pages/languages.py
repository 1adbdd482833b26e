"""The visitor's language: its texts, and how it writes prices, numbers and dates."""

import gettext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_datetime, format_interval, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

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
        return _money(amount, currency, self.locale)

    def short_money(self, amount: Decimal, currency: str) -> str:
        """A round amount where there is little room."""
        return format_compact_currency(amount, currency, locale=self.locale, fraction_digits=2)

    def number(self, value: Decimal | int) -> str:
        """A plain number."""
        return format_decimal(value, locale=self.locale)

    def currency(self, code: str) -> str:
        """A currency's name (ISO 4217); the code where it has none."""
        return str(self.locale.currencies.get(code, code))

    def country(self, code: str) -> str:
        """A country's name (ISO 3166 alpha-2); the code where it has none."""
        return str(self.locale.territories.get(code, code))

    def percent(self, rate: Decimal) -> str:
        """A rate in percent."""
        return format_percent(rate / 100, format=None, locale=self.locale, decimal_quantization=False)

    def calendar_day(self, day: date) -> str:
        """A day of the calendar, in whatever zone."""
        return format_date(day, format="medium", locale=self.locale)

    def days(self, first: date, last: date) -> str:
        """The days from `first` to `last`, both included."""
        if first == last:
            return self.calendar_day(first)
        return format_interval(first, last, skeleton="yMMMd", locale=self.locale)

    def short_day(self, day: date) -> str:
        """A day whose year is known."""
        return format_skeleton("MMMd", day, locale=self.locale)

    def month(self, day: date) -> str:
        """The month of a day."""
        return format_skeleton("yMMM", day, locale=self.locale)

    def whole_month(self, day: date) -> str:
        """The month of a day, by its full name."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def day(self, moment: datetime) -> str:
        """A date in UTC; the page's script turns it to the visitor's own zone."""
        return format_date(moment.astimezone(UTC), format="medium", locale=self.locale)

    def date(self, day: date) -> str:
        """A day as such, in no time zone."""
        return format_date(day, format="medium", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """A date and time in UTC, which it says."""
        return _moment(moment, self.locale)


# A page that is live shows the same orders again and again.
@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, locale: Locale) -> str:
    return format_currency(amount, currency, locale=locale)


@lru_cache(maxsize=4096)
def _moment(moment: datetime, locale: Locale) -> str:
    return f"{format_datetime(moment.astimezone(UTC), format='medium', locale=locale)} UTC"


class Languages:
    """The languages of pages: English, and one for each catalogue `{language}.po` of a directory.

    Catalogues are read once: a new one needs a new process.
    """

    def __init__(self, catalogues: Path) -> None:
        self._catalogues = {path.stem: path for path in sorted(catalogues.glob("*.po"))}
        self._translations: dict[str, gettext.NullTranslations] = {
            SOURCE_LANGUAGE: gettext.NullTranslations()
        }
        self._spellings = {name.lower(): name for name in (SOURCE_LANGUAGE, *self._catalogues)}

    def choose(self, accepted: str | None) -> Language:
        """The language for an `Accept-Language` header (RFC 9110, section 12.5.4).

        Texts are in the first wanted language that there is, values as the first wanted region writes them.
        """
        preferred = _preferences(accepted or "")
        region = next((locale for locale in map(_locale, preferred) if locale is not None), None)
        # It answers in the visitor's spelling, which need not be the catalogue's.
        found = negotiate_locale(preferred, self._spellings, sep="_") or SOURCE_LANGUAGE
        name = self._spellings.get(found.lower(), SOURCE_LANGUAGE)
        return Language(
            locale=region or Locale.parse(SOURCE_LANGUAGE),
            translations=self._texts(name),
            code=name.replace("_", "-"),
        )

    def _texts(self, name: str) -> gettext.NullTranslations:
        if name not in self._translations:
            self._translations[name] = _read_catalogue(self._catalogues[name], name)
        return self._translations[name]


LANGUAGES = Languages(_CATALOGUES)


def _preferences(accepted: str) -> list[str]:
    """Language tags in Babel's spelling, most wanted first."""
    weighted = []
    for entry in accepted.split(",")[:_MAX_ACCEPTED]:
        tag, _, parameters = entry.partition(";")
        try:
            weight = float(parameters.partition("=")[2] or 1)
        except ValueError:
            continue
        if 0 < weight <= 1:
            weighted.append((weight, tag.strip().replace("-", "_")))
    return [tag for _, tag in sorted(weighted, key=lambda entry: -entry[0])]


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag)
    except (UnknownLocaleError, ValueError):
        return None


def _read_catalogue(path: Path, name: str) -> gettext.NullTranslations:
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=name))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
