"""Windows of time as people write them: a number and a unit for what is stored in seconds."""

from dataclasses import dataclass

UNITS: dict[str, int] = {"minutes": 60, "hours": 3600, "days": 86_400}
_MOST_DIGITS = 6


@dataclass(frozen=True)
class Window:
    """A length of time in one unit."""

    count: int
    unit: str


def window_of(seconds: int) -> Window:
    """The length in the largest unit that it is a whole number of; no less than minutes are told."""
    for unit in ("days", "hours"):
        if seconds % UNITS[unit] == 0:
            return Window(seconds // UNITS[unit], unit)
    return Window(-(-seconds // UNITS["minutes"]), "minutes")


def seconds_of(count: str, unit: str) -> int | None:
    """The seconds of what was typed; None for what is no whole number or no unit."""
    typed = count.strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= _MOST_DIGITS) or unit not in UNITS:
        return None
    return int(typed) * UNITS[unit]
