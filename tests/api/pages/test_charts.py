"""The geometry of charts: nothing is drawn outside of its plot, and what is drawn is in proportion."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.desk.charts import (
    PLOT_HEIGHT,
    PLOT_TOP,
    Bar,
    axis_width,
    curve,
    labels,
    nice_scale,
    plot,
    shares,
)

amounts = st.decimals(min_value=0, max_value=10**10, places=2)
series = st.lists(amounts, min_size=1, max_size=60)
PLOT_BOTTOM = PLOT_TOP + PLOT_HEIGHT
# Places are rounded to a tenth of a pixel.
A_TENTH = 0.11


@given(amounts, amounts, st.booleans())
def test_scale_covers_what_it_is_for_with_few_round_ticks(
    below: Decimal, above: Decimal, whole: bool
) -> None:
    scale = nice_scale(below, above, whole=whole)
    steps = {after - before for before, after in pairwise(scale.ticks)}

    assert scale.bottom <= -below
    assert scale.top >= above
    assert scale.bottom <= scale.ticks[0]
    assert scale.top == scale.ticks[-1]
    assert 0 in scale.ticks
    assert 2 <= len(scale.ticks) <= 7
    [step] = steps
    assert step.normalize().as_tuple().digits in {(1,), (2,), (2, 5), (5,)}
    assert not whole or step == step.to_integral_value()


@pytest.mark.parametrize(
    ("below", "above", "whole", "bottom", "ticks"),
    [
        ("0", "0", True, "0", ["0", "1"]),
        ("0", "3", True, "0", ["0", "1", "2", "3"]),
        ("0", "9", True, "0", ["0", "5", "10"]),
        ("0", "88.80", False, "0", ["0", "25", "50", "75", "100"]),
        ("0", "0.03", False, "0", ["0", "0.01", "0.02", "0.03"]),
        ("40", "100", False, "-50", ["-50", "0", "50", "100"]),
        ("1", "100", False, "-12.5", ["0", "50", "100"]),  # little hangs below
        ("7", "0", False, "-8", ["-8", "-6", "-4", "-2", "0"]),
    ],
)
def test_scales(below: str, above: str, whole: bool, bottom: str, ticks: list[str]) -> None:
    scale = nice_scale(Decimal(below), Decimal(above), whole=whole)

    assert scale.ticks == [Decimal(tick) for tick in ticks]
    assert scale.bottom == Decimal(bottom)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=60))
def test_bars_stay_in_the_plot_and_stand_on_its_line(values: list[tuple[Decimal, Decimal]]) -> None:
    drawn = plot([up for up, _ in values], [down for _, down in values])

    for (up, down), place in zip(values, drawn.places, strict=True):
        assert 0 <= place.x <= place.bar_x
        assert place.bar_x + place.bar_width <= place.x + place.width + 0.01 <= 100.02
        assert (place.up is not None, place.down is not None) == (up > 0, down > 0)
        for bar in filter(None, (place.up, place.down)):
            assert bar.height >= 1
            assert bar.y >= PLOT_TOP - A_TENTH
            assert bar.y + bar.height <= PLOT_BOTTOM + A_TENTH
        assert place.up is None or place.up.y + place.up.height == pytest.approx(drawn.zero, abs=A_TENTH)
        assert place.down is None or place.down.y == drawn.zero
    assert all(PLOT_TOP <= tick.y <= PLOT_BOTTOM for tick in drawn.ticks)


@given(series)
def test_bars_are_as_long_as_their_values_are_great(values: list[Decimal]) -> None:
    drawn = plot(values)
    scale = nice_scale(Decimal(0), max(values))

    for value, place in zip(values, drawn.places, strict=True):
        height = place.up.height if place.up else 0.0
        exact = float(value / (scale.top - scale.bottom)) * PLOT_HEIGHT
        assert height == pytest.approx(max(exact, 1.0 if value else 0.0), abs=A_TENTH)


def test_days_without_anything_are_drawn_as_nothing() -> None:
    drawn = plot([Decimal(0), Decimal(100)], [Decimal(0), Decimal(0)])

    assert (drawn.places[0].up, drawn.places[0].down, drawn.places[1].down) == (None, None, None)
    assert drawn.places[1].up == Bar(PLOT_TOP, PLOT_HEIGHT)


@given(st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=60))
def test_labels_are_few_and_within_the_plot(texts: list[str]) -> None:
    found = labels(texts)
    places = [label.x for label in found]

    assert found[0].text == texts[0]
    assert len(found) <= 8
    assert len([label for label in found if not label.wide]) <= 4
    assert places == sorted(set(places))
    assert all(0 <= place <= 100 for place in places)
    assert all(label.anchor == "middle" or label.x in {0, 100} for label in found)


@given(st.lists(amounts, max_size=10))
def test_shares_are_of_the_longest(values: list[Decimal]) -> None:
    found = shares(values)

    assert all(0 <= share <= 100 for share in found)
    if any(values):
        assert max(found) == 100
    assert [share for _, share in sorted(zip(values, found, strict=True))] == sorted(found)


def test_axis_is_as_wide_as_its_longest_label() -> None:
    assert axis_width([]) < axis_width(["€0", "€1"]) < axis_width(["€0", "€1.25M"])


@given(st.lists(st.none() | amounts, min_size=1, max_size=60))
def test_curve_is_as_high_as_its_values_and_broken_where_there_are_none(
    values: list[Decimal | None],
) -> None:
    drawn = curve(values)
    highest = max((value for value in values if value is not None), default=Decimal(0))
    scale = nice_scale(Decimal(0), highest)

    assert [point is None for point in drawn.points] == [value is None for value in values]
    for point, value, place in zip(drawn.points, values, drawn.places, strict=True):
        if point is not None and value is not None:
            assert place.x < point.x < place.x + place.width
            assert (drawn.zero - point.y) / PLOT_HEIGHT == pytest.approx(float(value / scale.top), abs=0.001)
        assert (place.up, place.down) == (None, None)
    neighbours = [pair for pair in pairwise(drawn.points) if None not in pair]
    assert list(drawn.lines) == neighbours
    assert [tick.value for tick in drawn.ticks] == scale.ticks
