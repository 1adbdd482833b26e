"""What is wrong with the invoices of a run under faults is noticed."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from bench.faults.books import Books
from bench.faults.invariants import check_all
from bench.faults.tally import Tally
from db.tables import Invoice
from tests.bench.test_fault_invariants import TOTAL, sound

NAME = "invoices: each once, without gaps, and as it was told"


def document(
    order_id: int, kind: str, number: str, total: Decimal = TOTAL, refund_id: int | None = None
) -> Invoice:
    return Invoice(
        vendor_id=1,
        order_id=order_id,
        kind=kind,
        number=number,
        refund_id=refund_id,
        issued_on=date(2026, 11, 29),
        total_amount=total,
    )


def invoiced() -> Books:
    """An invoice of each order, and a credit note for the refund of the second."""
    books = sound()
    books.refunds[0].amount = TOTAL
    books.invoices.extend(
        [
            document(1, "invoice", "INV-2026-00001"),
            document(2, "invoice", "INV-2026-00002"),
            document(2, "credit_note", "CN-2026-00001", refund_id=7),
        ]
    )
    return books


def broken(books: Books, *told: tuple[int, str]) -> set[str]:
    return {each.name for each in check_all(books, Tally(invoiced=set(told))) if not each.holds}


def test_sound_invoices_break_nothing() -> None:
    assert broken(invoiced(), (1, "INV-2026-00001"), (2, "CN-2026-00001")) == set()


def test_credit_note_that_was_taken_back_may_be_given_again() -> None:
    books = invoiced()
    books.invoices.append(document(2, "debit_note", "DN-2026-00001", refund_id=7))
    assert broken(books) == set()
    books.invoices.append(document(2, "credit_note", "CN-2026-00002", refund_id=7))
    assert broken(books) == set()


def _leave_a_gap(books: Books) -> None:
    books.invoices[1].number = "INV-2026-00003"


def _use_a_number_twice(books: Books) -> None:
    books.invoices[1].number = "INV-2026-00001"


def _issue_twice(books: Books) -> None:
    books.invoices.append(document(1, "invoice", "INV-2026-00003"))


def _issue_for_another_amount(books: Books) -> None:
    books.invoices[0].total_amount = TOTAL - 1


def _credit_twice(books: Books) -> None:
    books.invoices.append(document(2, "credit_note", "CN-2026-00002", refund_id=7))


def _credit_another_amount(books: Books) -> None:
    books.invoices[2].total_amount = TOTAL - 1


@pytest.mark.parametrize(
    "damage",
    [
        _leave_a_gap,
        _use_a_number_twice,
        _issue_twice,
        _issue_for_another_amount,
        _credit_twice,
        _credit_another_amount,
    ],
)
def test_damage_is_noticed(damage: Callable[[Books], None]) -> None:
    books = invoiced()
    damage(books)
    assert broken(books) == {NAME}


def test_number_that_was_told_and_is_gone_is_noticed() -> None:
    assert broken(invoiced(), (1, "INV-2026-00002")) == {NAME}
