"""What a product's fields may hold, whichever way they come: typed, as JSON, or in a file."""

import re
from decimal import Decimal

from domain.errors import InvalidAmount
from domain.money import exact
from domain.text import refuse_line_breaks, refuse_unprintable

LONGEST_SKU = 64
LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 10_000
LONGEST_IMAGE = 2_000
# Far more than anyone stocks, far less than the column holds.
MOST_STOCK = 1_000_000_000
# From here on downwards a product is worth ordering anew; the shop says "Only … left".
LOW_STOCK = 5

IMAGE_PATTERN = r"^(https?://[^\s]+|/[^\s]*)$"
_IMAGE = re.compile(IMAGE_PATTERN)


class FieldRefused(ValueError):  # noqa: N818 -- a fact, as the domain's errors are
    """What is wrong with one field: a stable code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def sku(text: str) -> str:
    """A stock keeping unit: one line of at most 64 characters."""
    return _line(text, LONGEST_SKU)


def title(text: str) -> str:
    """What the product is called: one line of at most 200 characters."""
    return _line(text, LONGEST_TITLE)


def description(text: str) -> str:
    """What there is to say about it, or nothing."""
    return _text(text, 0, LONGEST_DESCRIPTION)


def image(text: str) -> str:
    """The address of a picture: on this site, or a whole one."""
    kept = _text(text, 1, LONGEST_IMAGE)
    if not _IMAGE.fullmatch(kept):
        raise FieldRefused("string_pattern_mismatch", "must begin with https://, http:// or /")
    return kept


def price(amount: Decimal, currency: str) -> Decimal:
    """What a piece costs. Raises InvalidAmount for what the currency does not have."""
    if amount.is_finite() and amount < 0:
        raise InvalidAmount("A price cannot be negative.", amount=str(amount), currency=currency)
    return exact(amount, currency)


def stock(pieces: int) -> int:
    """How many pieces can be sold."""
    if pieces < 0:
        raise FieldRefused("greater_than_equal", "must be 0 or more")
    if pieces > MOST_STOCK:
        raise FieldRefused("less_than_equal", f"must be {MOST_STOCK} or less")
    return pieces


def _line(text: str, longest: int) -> str:
    kept = _text(text, 1, longest)
    try:
        return refuse_line_breaks(kept)
    except ValueError as error:
        raise FieldRefused("value_error", str(error)) from None


def _text(text: str, shortest: int, longest: int) -> str:
    kept = text.strip()
    if len(kept) < shortest:
        raise FieldRefused("string_too_short", "must not be empty")
    if len(kept) > longest:
        raise FieldRefused("string_too_long", f"must have at most {longest} characters")
    try:
        return refuse_unprintable(kept)
    except ValueError as error:
        raise FieldRefused("value_error", str(error)) from None
