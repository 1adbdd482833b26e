"""Invoices as files: one PDF, or the books of a period as CSV."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date

from fastapi import Response

from api.invoice_documents import InvoiceDocument
from api.invoice_pdf import invoice_pdf
from api.pages.languages import Language
from db.queries.invoice_issuing import rates_of
from db.queries.invoices import AccountedInvoice, read_accounts
from db.session import Database
from domain.invoices import InvoiceKind
from domain.spreadsheets import BYTE_ORDER_MARK, csv_lines

_HEAD = (
    "number",
    "kind",
    "issued_on",
    "order_number",
    "corrects",
    "buyer",
    "country",
    "tax_rate",
    "net_amount",
    "tax_amount",
    "total_amount",
    "currency",
)
_READY = frozenset({2, 7, 8, 9, 10})


class PdfFile(Response):
    """A document; browsers show it, and keep it under its number."""

    media_type = "application/pdf"


async def pdf_file(document: InvoiceDocument, language: Language) -> PdfFile:
    """The document in a language; nobody but who asked for it may keep it."""
    return PdfFile(
        await invoice_pdf(document, language),
        headers={
            "Content-Disposition": f'inline; filename="{document.number}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


async def accounts_file(
    database: Database, vendor_id: int, first: date, last: date
) -> AsyncGenerator[bytes, None]:
    """The documents of some days in parts, a row for each rate: what credit notes give back is negative."""
    yield (BYTE_ORDER_MARK + csv_lines([_HEAD])).encode()
    async with (
        database.reading(vendor_id) as session,
        aclosing(read_accounts(session, first=first, last=last)) as batches,
    ):
        async for batch in batches:
            rows = [row for accounted in batch for row in _rows(accounted)]
            yield csv_lines(rows, ready=_READY).encode()


def _rows(accounted: AccountedInvoice) -> list[tuple[str, ...]]:
    invoice, address = accounted.invoice, accounted.billing_address
    buyer = address.get("company") or f"{address['first_name']} {address['last_name']}"
    # Added to nothing, so that there is no nothing with a minus.
    sign = -1 if invoice.kind == InvoiceKind.CREDIT_NOTE else 1
    return [
        (
            invoice.number,
            invoice.kind,
            invoice.issued_on.isoformat(),
            accounted.order_number,
            accounted.corrects or "",
            buyer,
            address["country"],
            f"{line.rate:.2f}",
            *(f"{0 + sign * amount:.2f}" for amount in (line.net, line.tax, line.gross)),
            invoice.currency,
        )
        for line in rates_of(invoice)
    ]
