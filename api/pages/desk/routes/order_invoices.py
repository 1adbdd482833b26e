"""Issuing what an order lacks of invoices and notes."""

from http import HTTPStatus

from fastapi.responses import Response

from api.dependencies import DatabaseDep, EngineDep
from api.invoicing import issue_order_invoices
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.routes.order import order_page
from api.pages.desk.visits import Staff
from api.pages.forms import from_our_page
from api.pages.order_documents import to_be_shown
from api.schemas.base import PathId
from domain.errors import InvoiceNotDue, InvoicingNotSetUp

router = desk_router()


@router.post("/orders/{order_id}/invoices", dependencies=[from_our_page])
async def issue_invoices(
    order_id: PathId, visit: Staff, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Issue it and lead to it; sent twice it is issued once. Raises OrderNotFound."""
    try:
        found, new = await issue_order_invoices(database, vendor_id=visit.vendor.id, order_id=order_id)
    except (InvoiceNotDue, InvoicingNotSetUp) as refused:
        problem = visit.explain(refused)
        return await order_page(visit, engine, order_id, problem=problem, status_code=HTTPStatus.CONFLICT)
    return visit.redirect(f"/invoices/{to_be_shown(found, new)}.pdf")
