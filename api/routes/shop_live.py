"""What happens to a customer's order, as it happens."""

from api.callers import CurrentCustomer, is_signed_in
from api.dependencies import DatabaseDep, HubDep
from api.live.order_stream import order_stream
from api.live.responses import STREAMED, EventStream, LastEventId, stream_until
from api.refusals import refused
from api.routes.shop import shop_router
from api.schemas.base import PathId
from db.queries import live_events

router = shop_router("orders")


@router.get(
    "/orders/my-orders/{order_id}/events",
    response_class=EventStream,
    status_code=200,
    responses={**STREAMED, 404: refused("`order_not_found`, also for another customer's order")},
)
async def stream_order(
    order_id: PathId,
    customer: CurrentCustomer,
    database: DatabaseDep,
    hub: HubDep,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Server-sent events of one order, beginning with its present state."""
    async with database.reading(customer.vendor_id) as session:
        await live_events.check_order(session, order_id=order_id, customer_id=customer.id)
    events = await order_stream(
        hub,
        database,
        customer.vendor_id,
        order_id,
        last_event_id,
        until=stream_until(customer.expires_at),
        may_hear=lambda: is_signed_in(database, customer),
    )
    return EventStream(events)
