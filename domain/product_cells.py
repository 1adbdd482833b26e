"""Prices, numbers of pieces and yes or no as people and spreadsheets write them."""

import re
from decimal import Decimal

from domain.products import FieldRefused

# The spaces that languages put between thousands, and the apostrophes of Switzerland.
_SPACES = " \u00a0\u2009\u202f'\u2019"
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]{1,2})?")
_SPACED = re.compile(rf"[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+(?:[.,][0-9]{{1,2}})?")
_POINTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,2}")
_COMMAS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,2}")
_MILLIONS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9]{1,3}(?:,[0-9]{3}){2,}")
_UNCLEAR = re.compile(r"[0-9]+[.,][0-9]{3}")
_WHOLE = re.compile(r"([0-9]{1,15})(?:[.,]0{1,2})?")

# As Excel writes them in English, German, French, Dutch, Italian, Spanish and Portuguese.
_YES = frozenset(
    {"true", "yes", "1", "wahr", "ja", "vrai", "oui", "waar", "vero", "si", "sí", "verdadero", "sim"}
)
_NO = frozenset({"false", "no", "0", "falsch", "nein", "faux", "non", "onwaar", "nee", "falso", "não"})


def read_price(text: str) -> Decimal:
    """An amount with a decimal point or comma; refused where it could be either of two numbers."""
    typed = text.strip()
    if _PLAIN.fullmatch(typed):
        return Decimal(typed.replace(",", "."))
    if _SPACED.fullmatch(typed):
        return Decimal(re.sub(f"[{_SPACES}]", "", typed).replace(",", "."))
    if _POINTS.fullmatch(typed):
        return Decimal(typed.replace(".", "").replace(",", "."))
    if _COMMAS.fullmatch(typed) or _MILLIONS.fullmatch(typed):
        whole = typed.replace(",", "") if "," in typed else typed
        return Decimal(whole.replace(".", "") if _MILLIONS.fullmatch(typed) else whole)
    if _UNCLEAR.fullmatch(typed):
        raise FieldRefused(
            "price_unclear",
            "could be thousands or decimals; write it with two decimals and no other separator",
        )
    raise FieldRefused("decimal_parsing", "must be an amount such as 19.90 or 19,90, without a currency")


def read_stock(text: str) -> int:
    """A number of pieces, without separators; decimals may be there when they are zero."""
    found = _WHOLE.fullmatch(text.strip())
    if found is None:
        raise FieldRefused("int_parsing", "must be a whole number such as 12, without separators")
    return int(found[1])


def read_flag(text: str) -> bool:
    """Yes or no, in the words that spreadsheets use."""
    typed = text.strip().casefold()
    if typed not in _YES | _NO:
        raise FieldRefused("bool_parsing", "must be true or false, or yes or no")
    return typed in _YES
