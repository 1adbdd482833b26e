"""A vendor's invoices: of one order, of a month, as PDF and for the books."""

from datetime import UTC, datetime, time
from typing import Annotated

from fastapi import Query, Request, Response, status

from api.callers import CurrentVendorUser
from api.cursors import Cursor, link_next
from api.dependencies import ContextDep, DatabaseDep, PageOf50
from api.exporting import CsvFile
from api.invoice_files import PdfFile, accounts_file, pdf_file
from api.invoicing import issue_month, issue_order_invoices, last_of_month, order_invoices, read_document
from api.pages.rendering import language_of
from api.refusals import refused
from api.routes.vendor import PREFIX, vendor_router
from api.schemas.base import PathId
from api.schemas.invoices import (
    InvoiceAnswer,
    IssuedMonthAnswer,
    Month,
    MonthRequest,
    OrderInvoicesAnswer,
    present_invoice,
    present_issued,
    present_order_invoices,
)
from db.queries import invoices

router = vendor_router("invoices")
_PATH = f"{PREFIX}/invoices"
_NOT_FOUND = refused("`order_not_found`, also for another shop's order")
_NOT_SET_UP = "`invoicing_not_set_up` before the shop has said who sells"


@router.get("/orders/{order_id}/invoices", summary="List an order's invoices", responses={404: _NOT_FOUND})
async def list_of_order(
    order_id: PathId, user: CurrentVendorUser, database: DatabaseDep
) -> OrderInvoicesAnswer:
    """The order's invoice and the notes that correct it, oldest first."""
    found = await order_invoices(database, vendor_id=user.vendor_id, order_id=order_id)
    return present_order_invoices(found, path=_PATH)


@router.post(
    "/orders/{order_id}/invoices",
    summary="Issue an order's invoice",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": OrderInvoicesAnswer, "description": "There was nothing to issue."},
        404: _NOT_FOUND,
        409: refused(f"`invoice_not_due` before the order is paid, {_NOT_SET_UP}"),
    },
)
async def issue_for_order(
    response: Response, order_id: PathId, user: CurrentVendorUser, database: DatabaseDep
) -> OrderInvoicesAnswer:
    """Issue what the order lacks: its invoice once it is paid, and the notes of its refunds. Each once."""
    found, new = await issue_order_invoices(database, vendor_id=user.vendor_id, order_id=order_id)
    if not new:
        response.status_code = status.HTTP_200_OK
    return present_order_invoices(found, path=_PATH)


@router.get("/invoices", summary="List invoices")
async def list_invoices(
    request: Request,
    response: Response,
    user: CurrentVendorUser,
    page: PageOf50,
    database: DatabaseDep,
    month: Annotated[Month | None, Query()] = None,
) -> list[InvoiceAnswer]:
    """The shop's documents, newest first; those issued in a month, where one is given."""
    async with database.reading(user.vendor_id) as session:
        found = await invoices.list_of_vendor(
            session,
            first=month,
            last=month and last_of_month(month),
            before=(page.cursor.created_at.date(), page.cursor.id) if page.cursor else None,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
        )
    shown = found[: page.limit]
    if len(found) > page.limit:
        last = shown[-1].invoice
        link_next(
            request, response, Cursor(created_at=datetime.combine(last.issued_on, time(), UTC), id=last.id)
        )
    return [present_invoice(each, path=_PATH) for each in shown]


@router.post("/invoices", summary="Issue a month's invoices", responses={409: refused(_NOT_SET_UP)})
async def issue_for_month(
    given: MonthRequest, user: CurrentVendorUser, database: DatabaseDep
) -> IssuedMonthAnswer:
    """Issue what orders that were paid or refunded in a month lack, in the order in which they were paid.

    A hundred orders at a time; `more` says that others are left.
    """
    return present_issued(await issue_month(database, vendor_id=user.vendor_id, month=given.month))


@router.get(
    "/invoices/export.csv",
    summary="Export a month's invoices as CSV",
    response_class=CsvFile,
    status_code=200,
    responses={
        200: {"description": "The file, as it is read.", "content": {"text/csv": {}}},
        429: refused("`rate_limited` while too many exports are running"),
    },
)
async def export_invoices(
    user: CurrentVendorUser, context: ContextDep, month: Annotated[Month, Query()]
) -> CsvFile:
    """The documents issued in a month for the books, a row for each tax rate, oldest first.

    Amounts of credit notes are negative, so that columns can be added up. Written as the other files are.
    """
    parts = accounts_file(context.database, user.vendor_id, month, last_of_month(month))
    return CsvFile(parts, context.exports, filename=f"invoices-{month:%Y-%m}.csv")


@router.get(
    "/invoices/{invoice_id}/pdf",
    summary="Download an invoice",
    response_class=PdfFile,
    responses={404: refused("`invoice_not_found`, also for another shop's")},
)
async def get_pdf(
    request: Request, invoice_id: PathId, user: CurrentVendorUser, context: ContextDep
) -> PdfFile:
    """The document as a PDF, as it was issued."""
    document = await read_document(context.database, vendor_id=user.vendor_id, invoice_id=invoice_id)
    return await pdf_file(document, language_of(request))
