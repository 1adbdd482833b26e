"""What has to hold once a run is quiet, whatever went wrong on the way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.faults.books import Books
from bench.faults.mail_invariants import one_mail_for_each_event
from bench.faults.money_invariants import (
    at_most_one_charge,
    cancelled_are_refunded,
    customers_totals_follow,
    payments_belong_to_orders,
    same_sums,
    shipping_goes_back_once,
)
from bench.faults.stock_invariants import stock_adds_up
from bench.faults.tally import Tally
from db.tables import Order

Check = Callable[[Books], Iterator[str | None]]


@dataclass(frozen=True)
class Invariant:
    """How many things were compared, and a sentence for each that does not hold."""

    name: str
    compared: int
    broken: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.broken


def _events_are_numbered(books: Books) -> Iterator[str | None]:
    for order in books.orders:
        numbers = [event.sequence for event in books.events.get(order.id, [])]
        gap = numbers != list(range(1, len(numbers) + 1))
        yield f"{order.order_number}: events {numbers}" if gap or not numbers else None


def _nothing_hangs(books: Books) -> Iterator[str | None]:
    """Every claim is decided, no refund is open, and an order that is not over has a workflow that waits."""
    for placement in books.placements:
        decided = placement.state in ("placed", "refused")
        yield None if decided else f"{placement.order_number}: placement is {placement.state}"
    for refund in books.refunds:
        yield None if refund.status == "succeeded" else f"{refund.refund_key}: refund is {refund.status}"
    for order in books.orders:
        found, wanted = books.workflows[order.order_number], _workflow_of(order)
        hangs = order.status == "pending" or found != wanted
        yield f"{order.order_number}: {order.status}, its workflow is {found}" if hangs else None


def _workflow_of(order: Order) -> str:
    over = order.status == "cancelled" or order.completed_at is not None
    return "COMPLETED" if over else "RUNNING"


_CHECKS: dict[str, Check] = {
    "a succeeded PaymentIntent belongs to one paid order": payments_belong_to_orders,
    "an order has at most one successful charge": at_most_one_charge,
    "a cancelled paid order is refunded to the cent": cancelled_are_refunded,
    "received and refunded: PostgreSQL = Stripe": same_sums,
    "shipping is refunded at most once": shipping_goes_back_once,
    "customers' totals = their orders": customers_totals_follow,
    "stock = initial - sold = ledger, never below zero": stock_adds_up,
    "one e-mail for each event that calls for one": one_mail_for_each_event,
    "events are numbered without gaps": _events_are_numbered,
    "nothing hangs": _nothing_hangs,
}


def check_all(books: Books, tally: Tally) -> list[Invariant]:
    """Every invariant over a quiet run."""
    found = [_counted(name, check(books)) for name, check in _CHECKS.items()]
    return [*found, _counted("what was promised was done", _promises(books, tally)), _answers(tally)]


def _promises(books: Books, tally: Tally) -> Iterator[str | None]:
    """Whoever was told an order number has that order, and each number once; the same for refunds."""
    numbers = {order.order_number for order in books.orders}
    for number in tally.placed:
        yield None if number in numbers else f"{number} was answered and is not there"
    stored = {refund.id for refund in books.refunds}
    for refund_id in tally.refund_ids:
        yield None if refund_id in stored else f"refund {refund_id} was answered and is not there"
    twice = len(tally.placed) - len(set(tally.placed))
    yield f"{twice} order numbers were given to two carts" if twice else None


def _answers(tally: Tally) -> Invariant:
    answers = tally.answers
    return Invariant(
        "every answer is one that the contract knows", answers.counted.total(), answers.unexpected
    )


def _counted(name: str, results: Iterator[str | None]) -> Invariant:
    told = list(results)
    return Invariant(name, len(told), [sentence for sentence in told if sentence is not None])
