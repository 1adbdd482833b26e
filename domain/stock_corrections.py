"""Stock corrected by hand: set to what was counted, or pieces added and taken, each for a reason."""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import CorrectionInvalid, StockMoved, StockTooLow
from domain.products import MOST_STOCK


class StockReason(StrEnum):
    """Why somebody changed the stock by hand."""

    COUNTED = "counted"
    DELIVERY = "delivery"
    DAMAGED = "damaged"
    LOST = "lost"
    OTHER = "other"


@dataclass(frozen=True)
class StockCorrection:
    """Either the number of pieces to have (`count`), or a `difference`; never both.

    `seen` is the number that whoever decided on the count had before them.
    """

    count: int | None = None
    difference: int | None = None
    seen: int | None = None
    reason: StockReason | None = None
    notes: str | None = None

    def __post_init__(self) -> None:
        if (self.count is None) == (self.difference is None):
            raise CorrectionInvalid("Either set the stock to a number, or add or take pieces.")
        if self.reason == StockReason.OTHER and not self.notes:
            raise CorrectionInvalid("Another reason needs a note that says which.", reason="other")


def corrected(correction: StockCorrection, available: int) -> int:
    """How many pieces can be sold after the correction of a stock of `available`.

    Raises StockMoved where a count was decided on before another number, StockTooLow where more would be
    taken than there is, and CorrectionInvalid where there would be more than anyone stocks.
    """
    if correction.seen is not None and correction.seen != available:
        raise StockMoved(
            f"The stock moved from {correction.seen} to {available} in the meantime; nothing was changed.",
            seen_quantity=correction.seen,
            available_quantity=available,
        )
    if correction.count is not None:
        return correction.count
    left = available + (correction.difference or 0)
    if left < 0:
        raise StockTooLow(
            f"Only {available} can be taken; the others are reserved or not there.",
            available_quantity=available,
        )
    if left > MOST_STOCK:
        raise CorrectionInvalid(f"A stock is at most {MOST_STOCK}.", available_quantity=available)
    return left
