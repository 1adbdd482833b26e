"""Bulk changes: what a job does with each of its orders, and what becomes of the job itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.errors import BulkJobOver, NoOrdersMatch, TooManyOrders, TransitionNotAllowed
from domain.lifecycle import (
    ActorType,
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
    check_transition,
    next_statuses,
)

MOST_ORDERS = 10_000
_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED})


class BulkState(StrEnum):
    """How a job stands; `waiting` until its workflow has begun."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class BulkOutcome(StrEnum):
    """What became of one order: `failed` has not answered in time, `cancelled` was never begun."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Standing:
    """An order as far as its next statuses depend on it."""

    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod

    @classmethod
    def of(cls, status: str, payment_status: str, payment_method: str) -> "Standing":
        """From what is stored."""
        return cls(OrderStatus(status), PaymentStatus(payment_status), PaymentMethod(payment_method))

    @property
    def next_statuses(self) -> tuple[OrderStatus, ...]:
        """What a vendor may set next."""
        return next_statuses(
            self.status,
            payment_status=self.payment_status,
            payment_method=self.payment_method,
            actor=ActorType.VENDOR,
        )


@dataclass(frozen=True)
class Verdict:
    """What became of one order of a job, with the refusal if it is one."""

    outcome: BulkOutcome
    code: str | None = None
    message: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


NOT_FOUND = Verdict(BulkOutcome.REFUSED, "order_not_found", "There is no such order.")
UNANSWERED = Verdict(
    BulkOutcome.FAILED,
    "order_unanswered",
    "The order has been told and has not answered in time; it may still change.",
)
_CLOSED = Verdict(BulkOutcome.REFUSED, "order_closed", "This order is closed.")
_UNCHANGED = Verdict(BulkOutcome.UNCHANGED)


def before(order: Standing, target: OrderStatus) -> Verdict | None:
    """What is clear without asking the order's workflow; None when it has to be asked."""
    if order.status == target:
        return _UNCHANGED
    try:
        check_transition(
            order.status,
            target,
            payment_status=order.payment_status,
            payment_method=order.payment_method,
            actor=ActorType.VENDOR,
        )
    except TransitionNotAllowed as refusal:
        return Verdict(BulkOutcome.REFUSED, refusal.code, refusal.message, refusal.fields)
    return None


def after(order: Standing, target: OrderStatus, outcome: Mapping[str, Any] | None) -> Verdict | None:
    """What the order's workflow made of the change; None as long as it has not answered.

    `outcome` is what it kept with the command. It keeps nothing for an order that had the status already;
    the order and the outcome therefore have to be read together.
    """
    if outcome is None:
        return _UNCHANGED if order.status == target else None
    if outcome.get("applied"):
        return Verdict(BulkOutcome.CHANGED)
    return Verdict(BulkOutcome.REFUSED, outcome["code"], outcome["message"], outcome.get("fields") or {})


def without_workflow(order: Standing, target: OrderStatus, outcome: Mapping[str, Any] | None) -> Verdict:
    """What becomes of an order that nothing follows any more."""
    return after(order, target, outcome) or before(order, target) or _CLOSED


@dataclass(frozen=True)
class Prospect:
    """What would become of some orders if all were to have `target`; `paid` of the willing are paid."""

    target: OrderStatus
    willing: int
    unchanged: int
    refused: Mapping[OrderStatus, int]
    paid: int


def prospects(counted: Iterable[tuple[Standing, int]]) -> list[Prospect]:
    """What each status would mean that at least one of the orders can have."""
    counts = list(counted)
    reachable = [
        target for target in OrderStatus if any(target in order.next_statuses for order, _ in counts)
    ]
    return [_prospect(counts, target) for target in reachable]


def _prospect(counts: list[tuple[Standing, int]], target: OrderStatus) -> Prospect:
    willing = unchanged = paid = 0
    refused: dict[OrderStatus, int] = {}
    for order, count in counts:
        verdict = before(order, target)
        if verdict is None:
            willing += count
            paid += count if order.payment_status in _PAID else 0
        elif verdict.outcome == BulkOutcome.UNCHANGED:
            unchanged += count
        else:
            refused[order.status] = refused.get(order.status, 0) + count
    in_order = {status: refused[status] for status in OrderStatus if status in refused}
    return Prospect(target, willing, unchanged, in_order, paid)


def check_number(number: int) -> None:
    """Raise TooManyOrders above what one job takes, NoOrdersMatch when there is nothing to change."""
    if number > MOST_ORDERS:
        raise TooManyOrders(f"One job changes at most {MOST_ORDERS} orders; choose fewer.", most=MOST_ORDERS)
    if number == 0:
        raise NoOrdersMatch("No order matches.")


def moved(present: BulkState, wish: BulkState, *, finished: bool) -> BulkState:
    """The state of a job after somebody wished it running, paused or cancelled; the same again is no move.

    Raises BulkJobOver once it is over; one that was cancelled is not taken up again.
    """
    if wish == present:
        return present
    if finished or present in (BulkState.COMPLETED, BulkState.CANCELLED):
        raise BulkJobOver("This bulk change is over.", state=str(present))
    return wish
