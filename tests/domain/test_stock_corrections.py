"""Stock is corrected to a count or by a difference, and never below nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CorrectionInvalid, StockMoved, StockTooLow
from domain.products import MOST_STOCK
from domain.stock_corrections import StockCorrection, StockReason, corrected


def test_a_count_counts_only_for_the_number_it_was_decided_on() -> None:
    correction = StockCorrection(count=7, seen=10, reason=StockReason.COUNTED)

    assert corrected(correction, 10) == 7
    with pytest.raises(StockMoved) as refused:
        corrected(correction, 9)
    assert refused.value.fields == {"seen_quantity": 10, "available_quantity": 9}


def test_a_difference_counts_for_whatever_is_there() -> None:
    assert corrected(StockCorrection(difference=5), 3) == 8
    assert corrected(StockCorrection(difference=-3), 3) == 0
    with pytest.raises(StockTooLow):
        corrected(StockCorrection(difference=-4), 3)
    with pytest.raises(CorrectionInvalid):
        corrected(StockCorrection(difference=1), MOST_STOCK)


def test_a_correction_is_one_of_both_and_says_which_other_reason() -> None:
    for count, difference in ((None, None), (1, 1)):
        with pytest.raises(CorrectionInvalid):
            StockCorrection(count=count, difference=difference)
    with pytest.raises(CorrectionInvalid):
        StockCorrection(count=1, reason=StockReason.OTHER)
    assert StockCorrection(count=1, reason=StockReason.OTHER, notes="Given away.").count == 1


@given(st.integers(0, MOST_STOCK), st.integers(-MOST_STOCK, MOST_STOCK))
def test_no_correction_leaves_less_than_nothing(available: int, difference: int) -> None:
    try:
        left = corrected(StockCorrection(difference=difference), available)
    except (StockTooLow, CorrectionInvalid):
        assert not 0 <= available + difference <= MOST_STOCK
    else:
        assert left == available + difference
