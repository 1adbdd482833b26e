"""What happens to a vendor's orders, as it happens."""

from api.dependencies import CurrentVendorUser, DatabaseDep, HubDep
from api.live.responses import STREAMED, EventStream, LastEventId, stream_until
from api.live.vendor_stream import vendor_stream
from api.routes.vendor import vendor_router

router = vendor_router("orders")


@router.get(
    "/orders/events",
    summary="Follow all orders",
    response_class=EventStream,
    status_code=200,
    responses={**STREAMED},
)
async def stream_orders(
    user: CurrentVendorUser, database: DatabaseDep, hub: HubDep, last_event_id: LastEventId = None
) -> EventStream:
    """Server-sent events of all the shop's orders from now on, or after `Last-Event-ID`.

    After an interruption some events may come again; none is left out. `event: reset` where too much
    happened meanwhile to tell it all: the page has to be loaded anew.
    """
    until = stream_until(user.expires_at)
    return EventStream(await vendor_stream(hub, database, user.vendor_id, last_event_id, until=until))
