"""The invoice of an order and its notes as pages list them, and what is due of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.invoicing import OrderInvoices
from db.direct import Direct
from db.queries.invoice_issuing import due_of
from db.queries.invoices import OrderDocument, read_documents
from db.tables import Order, Refund
from domain.invoices import InvoiceKind


@dataclass(frozen=True)
class OrderDocuments:
    """What was issued for an order, oldest first, and what is due, if its shop can issue: has an issuer."""

    issued: Sequence[OrderDocument]
    due: Sequence[InvoiceKind]
    is_set_up: bool

    @property
    def next_kind(self) -> InvoiceKind | None:
        """What can be issued now, the invoice before its notes; None where nothing can."""
        return self.due[0] if self.due and self.is_set_up else None


async def documents_of(direct: Direct, order: Order, refunds: Iterable[Refund]) -> OrderDocuments:
    """What there is for an order with these refunds, in one statement."""
    issued, is_set_up = await read_documents(direct, order_id=order.id)
    due = due_of(order, issued, refunds)
    return OrderDocuments(issued, [each.kind for each in due], is_set_up)


def to_be_shown(found: OrderInvoices, new: int) -> int:
    """The id of the document to lead to once an order lacks none: of `new` ones the first, else the last.

    Where the invoice and a note were issued, the invoice is what somebody asked for.
    """
    return found.invoices[-new if new else -1].invoice.id
