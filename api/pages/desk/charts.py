"""The geometry of charts: ticks, bars and labels. Pure, so that what is drawn can be tested without a page.

Across, places are percent of the plot's width, which the window decides; up and down they are pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

PLOT_HEIGHT = 200
# Room above the highest line for half of its label, and below the plot for the labels of the bars.
PLOT_TOP = 12
LABELS_HEIGHT = 28
HEIGHT = PLOT_TOP + PLOT_HEIGHT + LABELS_HEIGHT
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_WHOLE_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_INTERVALS = 4
_LEAST_STEP = {False: Decimal("0.01"), True: Decimal(1)}
# A part of a step below 0 that gets no tick for itself.
_LITTLE = 4
# Of a bar's share of the width, how much it fills.
_FILLED = 0.72
_LEAST_BAR = 1.0
_WIDE_LABELS = 8
# Labels nearer to an edge than this, in percent, begin or end at it.
_NEAR_EDGE = 10.0
# Roughly, of the labels' 12 pixels.
_CHARACTER_WIDTH = 7.2


@dataclass(frozen=True)
class Scale:
    """From `bottom` to `top`, and the round values between, evenly apart, with 0 among them."""

    bottom: Decimal
    top: Decimal
    ticks: list[Decimal]


def nice_scale(below: Decimal, above: Decimal, *, whole: bool = False) -> Scale:
    """A scale that reaches `above`, and as far `below` 0; `whole` for what there is no half of.

    It has few ticks. The outermost ones are its ends, but where little is below 0, that gets no tick for
    itself. Where everything is 0, it goes from 0 to 1.
    """
    step = _nice_step(max((below + above) / _INTERVALS, _LEAST_STEP[whole]), whole=whole)
    if not below and not above:
        step = Decimal(1)
    little = 0 < below <= step / _LITTLE
    under = 0 if little else int((below / step).to_integral_value(ROUND_CEILING))
    over = max(int((above / step).to_integral_value(ROUND_CEILING)), 0 if below else 1)
    ticks = [step * number for number in range(-under, over + 1)]
    return Scale(-step / _LITTLE if little else ticks[0], ticks[-1], ticks)


def _nice_step(least: Decimal, *, whole: bool) -> Decimal:
    """The smallest of 1, 2, 2.5 and 5 with any number of zeros that is not below `least`."""
    power = Decimal(1).scaleb(least.adjusted())
    steps = _WHOLE_STEPS if whole and power < 10 else _STEPS
    return next(step * power for step in steps if step * power >= least)


@dataclass(frozen=True)
class Tick:
    """A line across the plot."""

    y: float
    value: Decimal


@dataclass(frozen=True)
class Bar:
    """A bar that stands on the line of 0, or hangs from it."""

    y: float
    height: float


@dataclass(frozen=True)
class Place:
    """What belongs to one entry of the series: a share of the width, and the bars in it."""

    x: float
    width: float
    bar_x: float
    bar_width: float
    up: Bar | None
    down: Bar | None


@dataclass(frozen=True)
class Point:
    """A value of a curve; the middle of a place."""

    x: float
    y: float


@dataclass(frozen=True)
class Plot:
    """Everything drawn of a series, and where 0 is.

    A curve has `points` instead of bars, None for a place without a value, and `lines` between neighbours.
    """

    ticks: list[Tick]
    places: list[Place]
    zero: float
    points: Sequence[Point | None] = ()
    lines: Sequence[tuple[Point, Point]] = ()


def plot(up: Sequence[Decimal], down: Sequence[Decimal] = (), *, whole: bool = False) -> Plot:
    """Bars for `up`, and for `down` (if any) below the line; none of the values is negative."""
    down = down or [Decimal(0)] * len(up)
    scale = nice_scale(max(down, default=Decimal(0)), max(up, default=Decimal(0)), whole=whole)

    def y(value: Decimal) -> float:
        return PLOT_TOP + round(float((scale.top - value) / (scale.top - scale.bottom)) * PLOT_HEIGHT, 1)

    zero = y(Decimal(0))

    def bar(value: Decimal) -> Bar | None:
        """Something is always seen of what is not nothing, and it stays within the plot."""
        if not value:
            return None
        if value > 0:
            height = max(round(zero - y(value), 1), _LEAST_BAR)
            return Bar(round(zero - height, 1), height)
        return Bar(zero, max(round(y(value) - zero, 1), _LEAST_BAR))

    share = 100 / max(len(up), 1)
    places = [
        Place(
            x=round(number * share, 3),
            width=round(share, 3),
            bar_x=round((number + (1 - _FILLED) / 2) * share, 3),
            bar_width=round(share * _FILLED, 3),
            up=bar(above),
            down=bar(-below),
        )
        for number, (above, below) in enumerate(zip(up, down, strict=True))
    ]
    return Plot([Tick(y(value), value) for value in scale.ticks], places, zero)


def curve(values: Sequence[Decimal | None]) -> Plot:
    """A line from value to value, none of which is negative; it is broken where there is no value."""
    there = [value or Decimal(0) for value in values]
    drawn = plot([Decimal(0)] * len(values))
    scale = nice_scale(Decimal(0), max(there, default=Decimal(0)))

    def y(value: Decimal) -> float:
        return PLOT_TOP + round(float((scale.top - value) / scale.top) * PLOT_HEIGHT, 1)

    points = [
        None if value is None else Point(round(place.x + place.width / 2, 3), y(value))
        for place, value in zip(drawn.places, values, strict=True)
    ]
    lines = [(left, right) for left, right in pairwise(points) if left is not None and right is not None]
    ticks = [Tick(y(value), value) for value in scale.ticks]
    return Plot(ticks, drawn.places, y(Decimal(0)), points, lines)


@dataclass(frozen=True)
class Label:
    """A text below a bar; `wide` ones have no room on a phone."""

    x: float
    anchor: str
    text: str
    wide: bool


def labels(texts: Sequence[str]) -> list[Label]:
    """As many of the texts as there is room for, evenly apart from the first one on."""
    step = -(-len(texts) // _WIDE_LABELS) or 1
    wide = range(0, len(texts), step)
    found = []
    for number, place in enumerate(wide):
        middle = (place + 0.5) * 100 / len(texts)
        x, anchor = middle, "middle"
        if len(texts) > 1 and middle < _NEAR_EDGE:
            x, anchor = 0.0, "start"
        elif len(texts) > 1 and middle > 100 - _NEAR_EDGE:
            x, anchor = 100.0, "end"
        narrow = len(wide) <= _WIDE_LABELS // 2 or number % 2 == 0
        found.append(Label(round(x, 3), anchor, texts[place], wide=not narrow))
    return found


def axis_width(texts: Sequence[str]) -> int:
    """The pixels that labels beside a plot take."""
    return round(max((len(text) for text in texts), default=0) * _CHARACTER_WIDTH) + 8


def shares(values: Sequence[Decimal]) -> list[float]:
    """How long bars beside each other are, in percent of the longest."""
    longest = max(values, default=Decimal(0))
    if not longest:
        return [0.0 for _ in values]
    return [round(float(value / longest) * 100, 2) for value in values]
