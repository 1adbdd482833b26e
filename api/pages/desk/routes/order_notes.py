"""Noting something about an order for colleagues."""

from http import HTTPStatus

from fastapi.responses import Response

from api.dependencies import DatabaseDep, EngineDep
from api.pages.desk.form_keys import command_key
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.routes.order import order_page
from api.pages.desk.visits import Staff
from api.pages.forms import SentForm
from api.schemas.base import PathId
from api.schemas.notes import NoteRequest
from db.queries import notes, orders
from db.queries.notes import NewNote

router = desk_router()


@router.post("/orders/{order_id}/notes")
async def write_note(
    order_id: PathId, form: SentForm, visit: Staff, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Keep a note; a form that is sent twice is one note."""
    given = form.read(NoteRequest)
    async with database.vendor(visit.vendor.id) as session:
        await orders.get_order(session, order_id=order_id)
        if given is not None:
            key = command_key(form, {"body": given.body})
            await notes.add_note(session, NewNote(visit.vendor.id, order_id, visit.user.id, given.body, key))
    if given is None:
        return await order_page(
            visit, engine, order_id, note=form, status_code=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    return visit.redirect(f"/orders/{order_id}#notes")
