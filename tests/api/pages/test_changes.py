"""How figures differ from those before."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.desk.changes import Change, change

amounts = st.decimals(min_value=0, max_value=10**10, places=2)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (3, 2, Change("more", Decimal(50))),
        (1, 3, Change("less", Decimal(67))),
        (0, 3, Change("less", Decimal(100))),
        (101, 100, Change("more", Decimal("1.0"))),
        (Decimal("1000.01"), Decimal(1000), Change("more", Decimal("0.1"))),  # never 0 percent
        (2, 2, Change("same")),
        (2, 0, Change("none")),
        (0, 0, Change("none")),
        (None, Decimal(5), Change("less", Decimal(100))),
        (Decimal(5), None, Change("none")),
    ],
)
def test_changes(now: Decimal | int | None, before: Decimal | int | None, expected: Change) -> None:
    assert change(now, before) == expected


@given(amounts, amounts)
def test_direction_and_percent_agree(now: Decimal, before: Decimal) -> None:
    found = change(now, before)

    assert (found.direction == "none") == (not before)
    if before:
        assert (found.direction == "more", found.direction == "less") == (now > before, now < before)
        assert (found.percent > 0) == (now != before)
