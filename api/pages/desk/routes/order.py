"""The page of one order."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse

from api.dependencies import EngineDep
from api.engine import Engine
from api.pages.desk import wording
from api.pages.desk.form_keys import new_key
from api.pages.desk.orders import read_desk_order
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import Form
from api.schemas.base import PathId

router = desk_router()


@router.get("/orders/{order_id}")
async def show_order(
    order_id: PathId, visit: Staff, engine: EngineDep, asked: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """Everything about one order; `asked` after something that its workflow is still at."""
    return await order_page(visit, engine, order_id, asked=asked)


async def order_page(
    visit: StaffVisit,
    engine: Engine,
    order_id: int,
    *,
    asked: bool = False,
    message: Form | None = None,
    note: Form | None = None,
    problem: str | None = None,
    status_code: int = HTTPStatus.OK,
) -> HTMLResponse:
    """The page of an order, with what was typed into its forms and why that was refused.

    Raises OrderNotFound, also for another vendor's.
    """
    return visit.page(
        "desk/order/page.html",
        status_code=status_code,
        desk=await read_desk_order(visit, engine, order_id),
        words=wording,
        asked=asked,
        key=new_key(),
        message_form=message or Form(),
        note_form=note or Form(),
        problem=problem,
    )
