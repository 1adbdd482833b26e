"""What a vendor's people and a customer write to each other about an order."""

from fastapi import Response, status

from api.callers import CurrentVendorUser
from api.dependencies import DatabaseDep, EngineDep, IdempotencyKey
from api.messaging import post_message
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.base import PathId
from api.schemas.messages import MessageAnswer, MessageRequest, present_messages
from db.queries import messages, orders
from db.queries.messages import NewMessage
from domain.lifecycle import ActorType

router = vendor_router("orders")
_NOT_FOUND = refused("`order_not_found`, also for another shop's order")


@router.get("/orders/{order_id}/messages", summary="Read an order's messages", responses={404: _NOT_FOUND})
async def list_messages(
    order_id: PathId, user: CurrentVendorUser, database: DatabaseDep
) -> list[MessageAnswer]:
    """The thread with the customer, oldest first."""
    async with database.direct(user.vendor_id, reading=True) as direct:
        await orders.get_order(direct, order_id=order_id)
        thread = await messages.list_messages(direct, order_id=order_id)
    return present_messages(thread, reader=ActorType.VENDOR)


@router.post(
    "/orders/{order_id}/messages",
    summary="Write to an order's customer",
    status_code=status.HTTP_201_CREATED,
    responses={404: _NOT_FOUND, 429: refused("`rate_limited` after 20 messages in ten minutes")},
)
async def write_message(
    order_id: PathId,
    given: MessageRequest,
    response: Response,
    user: CurrentVendorUser,
    key: IdempotencyKey,
    database: DatabaseDep,
    engine: EngineDep,
) -> MessageAnswer:
    """Write to the customer, who is mailed and reads it under the shop's name, at any time."""
    async with database.direct(user.vendor_id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order_id)
    new = NewMessage(user.vendor_id, order_id, ActorType.VENDOR, user.id, given.body, key)
    posted = await post_message(database, engine, new, order_number=stored.order.order_number)
    if posted.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return present_messages([posted.message], reader=ActorType.VENDOR)[0]
