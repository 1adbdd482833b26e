"""Disputes: what the bank does with a payment that its holder contests, and whose money it is meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

_NOTHING = Decimal("0.00")


class DisputeOutcome(StrEnum):
    """Who has the money in the end: won is the shop, lost is the customer."""

    WON = "won"
    LOST = "lost"


# https://docs.stripe.com/api/disputes/object#dispute_object-status. A closed inquiry leaves the money where
# it is; a prevented dispute was settled in the customer's favour before it was one.
_OUTCOMES = {
    "won": DisputeOutcome.WON,
    "warning_closed": DisputeOutcome.WON,
    "lost": DisputeOutcome.LOST,
    "prevented": DisputeOutcome.LOST,
}


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """One dispute: its amount in the order's currency and Stripe's word on how far it got."""

    amount: Decimal
    status: str


def outcome_of(status: str) -> DisputeOutcome | None:
    """How the dispute ended; None while it is open, as one with a status yet unknown is."""
    return _OUTCOMES.get(status)


def needs_evidence(status: str) -> bool:
    """Whether the bank waits for the shop's answer, in an inquiry and in an appeal too."""
    return status.endswith("needs_response")


def is_inquiry(status: str) -> bool:
    """Whether the bank only asks: no money is taken yet, and a refund settles it."""
    return status.startswith("warning_")


def held_amount(disputes: Iterable[DisputeRow]) -> Decimal:
    """What open disputes keep back: the bank has taken it, and nobody knows yet for whom."""
    return _total(row for row in disputes if outcome_of(row.status) is None and not is_inquiry(row.status))


def lost_amount(disputes: Iterable[DisputeRow]) -> Decimal:
    """What went back to the customer by disputes that the shop lost."""
    return _total(row for row in disputes if outcome_of(row.status) == DisputeOutcome.LOST)


def _total(disputes: Iterable[DisputeRow]) -> Decimal:
    return sum((row.amount for row in disputes), _NOTHING)
