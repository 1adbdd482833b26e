"""What has to hold once a run is quiet, whatever went wrong on the way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.faults.books import Books
from bench.faults.invoice_invariants import invoices_are_sound
from bench.faults.mail_invariants import one_mail_for_each_event
from bench.faults.money_invariants import (
    at_most_one_charge,
    cancelled_are_refunded,
    customers_totals_follow,
    payments_belong_to_orders,
    same_sums,
    shipping_goes_back_once,
)
from bench.faults.order_invariants import (
    events_are_numbered,
    events_lead_to_the_order,
    nothing_hangs,
    one_order_for_each_cart,
)
from bench.faults.promise_invariants import promises_were_kept, what_was_told_was_true
from bench.faults.stock_invariants import stock_adds_up
from bench.faults.tally import Tally

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


_CHECKS: dict[str, Check] = {
    "a succeeded PaymentIntent belongs to one paid order": payments_belong_to_orders,
    "an order has at most one successful charge": at_most_one_charge,
    "a cancelled paid order is refunded to the cent": cancelled_are_refunded,
    "received and refunded: PostgreSQL = Stripe": same_sums,
    "shipping is refunded at most once": shipping_goes_back_once,
    "customers' totals = their orders": customers_totals_follow,
    "stock = initial - sold = ledger, never below zero": stock_adds_up,
    "one e-mail for each event that calls for one": one_mail_for_each_event,
    "events are numbered without gaps": events_are_numbered,
    "events lead to what the order is, by legal steps": events_lead_to_the_order,
    "one order for each cart": one_order_for_each_cart,
    "nothing hangs": nothing_hangs,
}


def check_all(books: Books, tally: Tally) -> list[Invariant]:
    """Every invariant over a quiet run."""
    found = [counted(name, check(books)) for name, check in _CHECKS.items()]
    return [
        *found,
        counted("what was promised was done", promises_were_kept(books, tally)),
        counted("what was told of an order was true", what_was_told_was_true(books, tally)),
        counted("invoices: each once, without gaps, and as it was told", invoices_are_sound(books, tally)),
        _answers(tally),
        Invariant("nobody waited in vain", len(tally.placed), tally.answers.in_vain),
    ]


def _answers(tally: Tally) -> Invariant:
    answers = tally.answers
    return Invariant(
        "every answer is one that the contract knows", answers.counted.total(), answers.unexpected
    )


def counted(name: str, results: Iterator[str | None]) -> Invariant:
    """An invariant from what each comparison came to: nothing, or a sentence."""
    told = list(results)
    return Invariant(name, len(told), [sentence for sentence in told if sentence is not None])
