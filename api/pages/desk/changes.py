"""How a figure differs from the one before."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Direction = Literal["more", "less", "same", "none"]
_WHOLE_FROM = 10
_LEAST = Decimal("0.1")


@dataclass(frozen=True)
class Change:
    """More or less by `percent`, or the same; `none` where nothing was before to compare with."""

    direction: Direction
    percent: Decimal = Decimal(0)


def change(now: Decimal | int | None, before: Decimal | int | None) -> Change:
    """What became of a figure that is not negative.

    Percents below 10 have a decimal. However small a change, it is no change of 0 percent.
    """
    if not before:
        return Change("none")
    now = Decimal(now or 0)
    percent = abs(now - before) / before * 100
    if not percent:
        return Change("same")
    step = Decimal(1) if percent >= _WHOLE_FROM else _LEAST
    rounded = max(percent.quantize(step, ROUND_HALF_UP), _LEAST)
    return Change("more" if now > before else "less", rounded)
