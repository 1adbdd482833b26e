"""The vendor's invoices: the table of a month, issuing what is due for it, and each document."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.cursors import Cursor, write_cursor
from api.dependencies import DatabaseDep, Page, PageOf50
from api.invoice_files import PdfFile, pdf_file
from api.invoicing import issue_month, last_of_month, read_document
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import SentForm
from api.pages.rendering import language_of
from api.schemas.base import PathId
from api.schemas.invoices import Month, MonthRequest
from db.queries import invoices
from db.queries.invoice_issuers import find_issuer
from db.queries.invoices import ListedInvoice
from domain.errors import InvoicingNotSetUp

_PAGE = 50
_OFFERED_MONTHS = 24

router = desk_router()


@router.get("/invoices")
async def list_invoices(
    visit: Staff,
    page: PageOf50,
    month: Annotated[Month | None, Query()] = None,
    issued: Annotated[int | None, Query(ge=0, le=1_000_000)] = None,
    more: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """The documents that were issued in a month, the current one unless told otherwise, newest first.

    `issued` and `more` are what became of issuing what was due for it.
    """
    return await _page(visit, page, month or _this_month(visit), issued=issued, more=more)


@router.post("/invoices")
async def issue_invoices(form: SentForm, visit: Staff, database: DatabaseDep) -> Response:
    """Issue what orders that were paid or refunded in a month lack. Sent twice each is issued once."""
    given = form.read(MonthRequest)
    if given is None:
        return visit.redirect("/invoices")
    try:
        done = await issue_month(database, vendor_id=visit.vendor.id, month=given.month)
    except InvoicingNotSetUp:
        first_page = Page(skip=0, limit=_PAGE, cursor=None)
        return await _page(visit, first_page, given.month, status_code=HTTPStatus.CONFLICT)
    told = {"month": f"{given.month:%Y-%m}", "issued": done.issued, **({"more": "true"} if done.more else {})}
    return visit.redirect(f"/invoices?{urlencode(told)}")


@router.get("/invoices/{invoice_id}.pdf")
async def show_invoice(invoice_id: PathId, visit: Staff, database: DatabaseDep) -> PdfFile:
    """A document. Raises InvoiceNotFound, also for another vendor's."""
    document = await read_document(database, vendor_id=visit.vendor.id, invoice_id=invoice_id)
    return await pdf_file(document, language_of(visit.request))


async def _page(
    visit: StaffVisit,
    page: Page,
    month: date,
    *,
    issued: int | None = None,
    more: bool = False,
    status_code: int = HTTPStatus.OK,
) -> HTMLResponse:
    async with visit.context.database.reading(visit.vendor.id) as session:
        issuer = await find_issuer(session, vendor_id=visit.vendor.id)
        found = await invoices.list_of_vendor(
            session,
            first=month,
            last=last_of_month(month),
            before=(page.cursor.created_at.date(), page.cursor.id) if page.cursor else None,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
        )
    this_month = _this_month(visit)
    return visit.page(
        "desk/invoices.html",
        status_code=status_code,
        is_set_up=issuer is not None,
        month=month,
        this_month=this_month,
        months=sorted({month, *_last_months(this_month)}, reverse=True),
        previous_month=_before(month),
        next_month=last_of_month(month) + timedelta(days=1) if month < this_month else None,
        documents=found[: page.limit],
        next_page=_next_page(visit, month, found, page.limit),
        is_first_page=page.cursor is None and page.skip == 0,
        issued=issued,
        more=more,
    )


def _next_page(visit: StaffVisit, month: date, found: Sequence[ListedInvoice], limit: int) -> str | None:
    if len(found) <= limit:
        return None
    last = found[limit - 1].invoice
    cursor = write_cursor(Cursor(created_at=datetime.combine(last.issued_on, time(), UTC), id=last.id))
    return f"{visit.path}/invoices?{urlencode({'month': f'{month:%Y-%m}', 'cursor': cursor})}"


def _this_month(visit: StaffVisit) -> date:
    return datetime.now(visit.zone).date().replace(day=1)


def _last_months(month: date) -> list[date]:
    """This month and those before it, for whoever chooses one."""
    offered = [month]
    while len(offered) < _OFFERED_MONTHS:
        offered.append(_before(offered[-1]))
    return offered


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)
