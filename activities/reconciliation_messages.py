"""What the reconciliation hands to its activities and gets back: cursors and counts."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class CheckPage:
    """One page of a walk; `cursor` is where the page before ended, absent for the first.

    `as_of` is when the walk began. What changed within `min_age` before is left for the next walk, and what
    is over and has not changed within `lookback` is not looked at again; both in seconds.
    """

    cursor: str | None
    limit: int
    as_of: datetime
    min_age: float
    lookback: float


@dataclass(frozen=True)
class CheckedPage:
    """How much was compared, by check, and what was found, by code; no `next_cursor` after the last page."""

    next_cursor: str | None
    compared: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    attention: dict[str, int] = field(default_factory=dict)
