"""Writing to the shop about an order."""

from fastapi.responses import Response

from api.dependencies import DatabaseDep, EngineDep
from api.messaging import post_message
from api.pages.forms import SentForm
from api.pages.shop.routes.account_orders import order_page
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import CustomerVisit
from api.schemas.base import PathId
from api.schemas.messages import MessageRequest
from db.queries import orders
from db.queries.messages import NewMessage
from domain.errors import IdempotencyKeyReused, RateLimited
from domain.lifecycle import ActorType
from domain.orders import idempotency_key_ok

router = page_router()


@router.post("/account/orders/{order_id}/messages")
async def write_message(
    order_id: PathId, form: SentForm, visit: CustomerVisit, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Add a message to the thread; a form that is sent twice is one message, by the key it came with."""
    async with database.direct(visit.vendor.id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order_id, customer_id=visit.customer_id)
    given = form.read(MessageRequest)
    if given is None:
        return await order_page(visit, order_id, form=form)
    key = form.get("key") if idempotency_key_ok(form.get("key")) else None
    new = NewMessage(visit.vendor.id, order_id, ActorType.CUSTOMER, visit.customer_id, given.body, key)
    try:
        await post_message(database, engine, new, order_number=stored.order.order_number)
    except RateLimited as refused:
        return await order_page(visit, order_id, form=form, problem=visit.explain(refused))
    except IdempotencyKeyReused:
        # Another text from a page that was sent before: it is a new message.
        unkeyed = NewMessage(visit.vendor.id, order_id, ActorType.CUSTOMER, visit.customer_id, given.body)
        await post_message(database, engine, unkeyed, order_number=stored.order.order_number)
    return visit.redirect(f"/account/orders/{order_id}#messages")
