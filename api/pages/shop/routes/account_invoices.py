"""The invoice of a customer's order, and the notes that correct it."""

from fastapi.responses import Response

from api.dependencies import DatabaseDep
from api.invoice_files import PdfFile, pdf_file
from api.invoicing import issue_order_invoices, read_own_document
from api.pages.forms import from_our_page
from api.pages.order_documents import to_be_shown
from api.pages.rendering import language_of
from api.pages.shop.routes.account_orders import NO_INVOICE, order_page
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import CustomerVisit
from api.schemas.base import PathId
from domain.errors import InvoiceNotDue, InvoicingNotSetUp

router = page_router()


@router.post("/account/orders/{order_id}/invoices", dependencies=[from_our_page])
async def issue_invoices(order_id: PathId, visit: CustomerVisit, database: DatabaseDep) -> Response:
    """Issue what the order lacks and lead to it; sent twice it is issued once. Raises OrderNotFound."""
    try:
        found, new = await issue_order_invoices(
            database, vendor_id=visit.vendor.id, order_id=order_id, customer_id=visit.customer_id
        )
    except (InvoiceNotDue, InvoicingNotSetUp):
        return await order_page(visit, order_id, refused=NO_INVOICE)
    return visit.redirect(f"/account/orders/{order_id}/invoices/{to_be_shown(found, new)}.pdf")


@router.get("/account/orders/{order_id}/invoices/{invoice_id}.pdf")
async def show_invoice(
    order_id: PathId, invoice_id: PathId, visit: CustomerVisit, database: DatabaseDep
) -> PdfFile:
    """A document of the order. Raises OrderNotFound and InvoiceNotFound, also for another's."""
    document = await read_own_document(
        database,
        vendor_id=visit.vendor.id,
        invoice_id=invoice_id,
        order_id=order_id,
        customer_id=visit.customer_id,
    )
    return await pdf_file(document, language_of(visit.request))
