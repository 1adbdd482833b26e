"""The vendor's orders: the table."""

from fastapi.responses import HTMLResponse

from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff

router = desk_router()


@router.get("/orders")
async def list_orders(visit: Staff) -> HTMLResponse:
    """Every order of the shop."""
    return visit.page("desk/orders.html")
