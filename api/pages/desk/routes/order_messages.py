"""Writing to an order's customer."""

from http import HTTPStatus

from fastapi.responses import Response

from api.dependencies import DatabaseDep, EngineDep
from api.messaging import post_message
from api.pages.desk.form_keys import command_key
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.routes.order import order_page
from api.pages.desk.visits import Staff
from api.pages.forms import SentForm
from api.schemas.base import PathId
from api.schemas.messages import MessageRequest
from db.queries import orders
from db.queries.messages import NewMessage
from domain.errors import RateLimited
from domain.lifecycle import ActorType

router = desk_router()


@router.post("/orders/{order_id}/messages")
async def write_message(
    order_id: PathId, form: SentForm, visit: Staff, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Add a message to the thread; a form that is sent twice is one message."""
    async with database.direct(visit.vendor.id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order_id)
    given = form.read(MessageRequest)
    if given is None:
        return await order_page(
            visit, engine, order_id, message=form, status_code=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    key = command_key(form, {"body": given.body})
    new = NewMessage(visit.vendor.id, order_id, ActorType.VENDOR, visit.user.id, given.body, key)
    try:
        await post_message(database, engine, new, order_number=stored.order.order_number)
    except RateLimited as refused:
        return await order_page(
            visit,
            engine,
            order_id,
            message=form,
            problem=visit.explain(refused),
            status_code=HTTPStatus.TOO_MANY_REQUESTS,
        )
    return visit.redirect(f"/orders/{order_id}#messages")
