"""What a customer and the shop write to each other about an order."""

from fastapi import Response, status

from api.callers import CurrentCustomer
from api.dependencies import DatabaseDep, EngineDep, IdempotencyKey
from api.messaging import post_message
from api.refusals import refused
from api.routes.shop import shop_router
from api.schemas.base import PathId
from api.schemas.messages import MessageAnswer, MessageRequest, present_messages
from db.queries import messages, orders
from db.queries.messages import NewMessage
from domain.lifecycle import ActorType

router = shop_router("orders")
_NOT_FOUND = refused("`order_not_found`, also for another customer's order")


@router.get("/orders/my-orders/{order_id}/messages", responses={404: _NOT_FOUND})
async def list_messages(
    order_id: PathId, customer: CurrentCustomer, database: DatabaseDep
) -> list[MessageAnswer]:
    """The thread with the shop, oldest first."""
    async with database.direct(customer.vendor_id, reading=True) as direct:
        await orders.get_order(direct, order_id=order_id, customer_id=customer.id)
        thread = await messages.list_messages(direct, order_id=order_id)
    return present_messages(thread, reader=ActorType.CUSTOMER)


@router.post(
    "/orders/my-orders/{order_id}/messages",
    status_code=status.HTTP_201_CREATED,
    responses={404: _NOT_FOUND, 429: refused("`rate_limited` after 20 messages in ten minutes")},
)
async def write_message(
    order_id: PathId,
    given: MessageRequest,
    response: Response,
    customer: CurrentCustomer,
    key: IdempotencyKey,
    database: DatabaseDep,
    engine: EngineDep,
) -> MessageAnswer:
    """Write to the shop, which is mailed; also long after the order was delivered or cancelled."""
    async with database.direct(customer.vendor_id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order_id, customer_id=customer.id)
    new = NewMessage(customer.vendor_id, order_id, ActorType.CUSTOMER, customer.id, given.body, key)
    posted = await post_message(database, engine, new, order_number=stored.order.order_number)
    if posted.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return present_messages([posted.message], reader=ActorType.CUSTOMER)[0]
