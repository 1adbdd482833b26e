"""Invoices: each once, numbered without gaps, and never about more than what was paid and went back."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from bench.faults.books import Books
from bench.faults.tally import Tally
from db.tables import Invoice, Order
from domain.invoices import InvoiceKind, invoice_number

_NOTHING = Decimal("0.00")


def invoices_are_sound(books: Books, tally: Tally) -> Iterator[str | None]:
    """The series of each vendor, the documents of each order, and every number that somebody was told."""
    yield from _without_gaps(books)
    of_order = defaultdict[int, list[Invoice]](list)
    for invoice in books.invoices:
        of_order[invoice.order_id].append(invoice)
    refunds = {refund.id: refund.amount for refund in books.refunds}
    for order in books.orders:
        if order.id in of_order:
            yield _of_order(order, of_order[order.id], refunds)
    for order_id, number in sorted(tally.invoiced):
        kept = any(invoice.number == number for invoice in of_order[order_id])
        yield None if kept else f"order {order_id}: {number} was told, and is not there"


def _without_gaps(books: Books) -> Iterator[str | None]:
    series = defaultdict[tuple[int, str, int], list[str]](list)
    for invoice in books.invoices:
        series[invoice.vendor_id, invoice.kind, invoice.issued_on.year].append(invoice.number)
    for (vendor_id, kind, year), numbers in series.items():
        expected = [invoice_number(InvoiceKind(kind), year, last + 1) for last in range(len(numbers))]
        yield None if sorted(numbers) == expected else f"vendor {vendor_id}: {sorted(numbers)}"


def _of_order(order: Order, documents: list[Invoice], refunds: dict[int, Decimal]) -> str | None:
    totals = [each.total_amount for each in documents if each.kind == InvoiceKind.INVOICE]
    if totals != [order.total_amount] or order.paid_amount == 0:
        return f"{order.order_number}: invoices of {totals}, paid {order.paid_amount} of {order.total_amount}"
    standing, credited = Counter[int](), _NOTHING
    for note in documents:
        if note.refund_id is None:
            continue
        if note.total_amount != refunds.get(note.refund_id):
            return f"{order.order_number}: {note.number} of {note.total_amount} is about another amount"
        sign = 1 if note.kind == InvoiceKind.CREDIT_NOTE else -1
        standing[note.refund_id] += sign
        credited += sign * note.total_amount
    once = all(number in (0, 1) for number in standing.values())
    fits = once and _NOTHING <= credited <= order.paid_amount
    return None if fits else f"{order.order_number}: credit notes {dict(standing)} of {credited}"
