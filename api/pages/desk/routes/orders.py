"""The vendor's orders: the table."""

from fastapi.responses import HTMLResponse

from api.dependencies import DatabaseDep
from api.pages.desk import wording
from api.pages.desk.order_table import read_table
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.table_address import read_address
from api.pages.desk.visits import Staff
from db.queries.order_sorts import OrderSort
from domain.lifecycle import OrderStatus, PaymentStatus

router = desk_router()


@router.get("/orders")
async def list_orders(visit: Staff, database: DatabaseDep) -> HTMLResponse:
    """The shop's orders: filtered, searched and sorted by what the address says."""
    address = read_address(f"{visit.path}/orders", visit.request.query_params, visit.zone)
    async with database.direct(visit.vendor.id, reading=True) as direct:
        table = await read_table(direct, address)
    return visit.page(
        "desk/orders.html",
        status_code=422 if address.unclear else 200,
        address=address,
        chosen=address.choices,
        table=table,
        statuses=list(OrderStatus),
        payment_statuses=list(PaymentStatus),
        sorts=list(OrderSort),
        words=wording,
    )
