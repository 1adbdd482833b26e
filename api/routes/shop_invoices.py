"""A customer's invoices."""

from fastapi import Request, Response, status

from api.callers import CurrentCustomer
from api.dependencies import ContextDep, DatabaseDep
from api.invoice_files import PdfFile, pdf_file
from api.invoicing import issue_order_invoices, order_invoices, read_own_document
from api.pages.rendering import language_of
from api.refusals import refused
from api.routes.shop import shop_router
from api.schemas.base import PathId
from api.schemas.invoices import OrderInvoicesAnswer, present_order_invoices

router = shop_router("invoices")
_NOT_FOUND = refused("`order_not_found`, also for somebody else's order")


@router.get(
    "/orders/my-orders/{order_id}/invoices", summary="List an order's invoices", responses={404: _NOT_FOUND}
)
async def list_invoices(
    request: Request, order_id: PathId, customer: CurrentCustomer, database: DatabaseDep
) -> OrderInvoicesAnswer:
    """The order's invoice, and a credit note for each refund that arrived, as far as they were issued."""
    found = await order_invoices(
        database, vendor_id=customer.vendor_id, order_id=order_id, customer_id=customer.id
    )
    return present_order_invoices(found, path=request.url.path)


@router.post(
    "/orders/my-orders/{order_id}/invoices",
    summary="Issue an order's invoice",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": OrderInvoicesAnswer, "description": "There was nothing to issue."},
        404: _NOT_FOUND,
        409: refused("`invoice_not_due` before the order is paid, `invoicing_not_set_up`"),
    },
)
async def issue_invoices(
    request: Request,
    response: Response,
    order_id: PathId,
    customer: CurrentCustomer,
    database: DatabaseDep,
) -> OrderInvoicesAnswer:
    """Issue what the order lacks: its invoice once it is paid, and the notes of its refunds.

    Asked for again it changes nothing: each document is issued once, and never changes afterwards.
    """
    found, new = await issue_order_invoices(
        database, vendor_id=customer.vendor_id, order_id=order_id, customer_id=customer.id
    )
    if not new:
        response.status_code = status.HTTP_200_OK
    return present_order_invoices(found, path=request.url.path)


@router.get(
    "/orders/my-orders/{order_id}/invoices/{invoice_id}/pdf",
    summary="Download an invoice",
    response_class=PdfFile,
    responses={404: refused("`order_not_found` or `invoice_not_found`, also for somebody else's")},
)
async def get_pdf(
    request: Request,
    order_id: PathId,
    invoice_id: PathId,
    customer: CurrentCustomer,
    context: ContextDep,
) -> PdfFile:
    """The document as a PDF, as it was issued."""
    document = await read_own_document(
        context.database,
        vendor_id=customer.vendor_id,
        invoice_id=invoice_id,
        order_id=order_id,
        customer_id=customer.id,
    )
    return await pdf_file(document, language_of(request))
