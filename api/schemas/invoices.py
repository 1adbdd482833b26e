"""Invoices, and the notes that correct them."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from api.amounts import Amount
from api.invoicing import IssuedMonth, OrderInvoices
from api.schemas.base import AnswerModel, RequestModel
from api.schemas.periods import whole_day
from db.queries.invoice_issuing import rates_of
from db.queries.invoices import ListedInvoice
from domain.invoices import InvoiceKind


def first_of_month(text: object) -> date:
    """The first day of a month that is written as 2026-11."""
    if not isinstance(text, str) or len(text) != len("YYYY-MM"):
        raise ValueError("is no month (YYYY-MM)")
    try:
        return whole_day(f"{text}-01")
    except ValueError:
        raise ValueError("is no month (YYYY-MM)") from None


Month = Annotated[
    date,
    BeforeValidator(first_of_month),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}$",
            "description": "A month of the shop's calendar, as YYYY-MM.",
            "examples": ["2026-11"],
        }
    ),
]


class MonthRequest(RequestModel):
    """The month whose orders are looked through: what was paid or refunded in it."""

    month: Month


class RateAnswer(AnswerModel):
    """What is taxed at one rate, in percent; `net` is without tax."""

    rate: Amount
    net: Amount
    tax: Amount


class InvoiceAnswer(AnswerModel):
    """A document as it was issued, for good. A credit note's amounts are what is given back."""

    id: int
    kind: InvoiceKind
    number: str
    issued_on: date = Field(description="The shop's day.")
    order_id: int
    order_number: str
    refund_id: int | None
    corrects: str | None = Field(description="The number of the invoice, or credit note, that this corrects.")
    rates: list[RateAnswer]
    net_amount: Amount
    tax_amount: Amount
    total_amount: Amount
    currency: str
    pdf_url: str


class OrderInvoicesAnswer(AnswerModel):
    """The documents of an order, oldest first; `can_issue` when some are due and can be issued now."""

    invoices: list[InvoiceAnswer]
    can_issue: bool


class IssuedMonthAnswer(AnswerModel):
    """How many documents were issued; `more` when further orders of the month lack some: ask again."""

    issued: int
    more: bool


def present_invoice(listed: ListedInvoice, *, path: str) -> InvoiceAnswer:
    """A document whose PDF is below `path`."""
    invoice = listed.invoice
    return InvoiceAnswer(
        id=invoice.id,
        kind=InvoiceKind(invoice.kind),
        number=invoice.number,
        issued_on=invoice.issued_on,
        order_id=invoice.order_id,
        order_number=listed.order_number,
        refund_id=invoice.refund_id,
        corrects=listed.corrects,
        rates=[RateAnswer(rate=line.rate, net=line.net, tax=line.tax) for line in rates_of(invoice)],
        net_amount=invoice.total_amount - invoice.tax_amount,
        tax_amount=invoice.tax_amount,
        total_amount=invoice.total_amount,
        currency=invoice.currency,
        pdf_url=f"{path}/{invoice.id}/pdf",
    )


def present_order_invoices(found: OrderInvoices, *, path: str) -> OrderInvoicesAnswer:
    """All documents of an order, whose PDFs are below `path`."""
    return OrderInvoicesAnswer(
        invoices=[present_invoice(each, path=path) for each in found.invoices], can_issue=found.can_issue
    )


def present_issued(issued: IssuedMonth) -> IssuedMonthAnswer:
    """What became of a month."""
    return IssuedMonthAnswer(issued=issued.issued, more=issued.more)
