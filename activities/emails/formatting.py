"""How amounts, moments, rates and other people's text are written in e-mails."""

from datetime import UTC, datetime
from decimal import Decimal

from domain.money import minor_digits

# Zero-width joiners: parts of Persian and Indic words and of emoji.
_JOINERS = "\u200c\u200d"


def money(amount: Decimal, currency: str) -> str:
    """`EUR 1,284.20`; whole units for a currency that has no others."""
    return f"{currency} {amount:,.{minor_digits(currency)}f}"


def moment(at: datetime) -> str:
    """`2026-11-22 14:30 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def percent(rate: Decimal) -> str:
    """`17 %`, `5.5 %`."""
    text = f"{rate:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def one_line(text: str) -> str:
    """Text that somebody typed, without line breaks, control characters and changes of direction."""
    spaced = " ".join(text.split())
    return "".join(char for char in spaced if char.isprintable() or char in _JOINERS).strip()
