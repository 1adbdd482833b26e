"""What happens to a vendor's orders, as it happens."""

from api.callers import CurrentVendorUser, VendorCaller
from api.dependencies import DatabaseDep, HubDep
from api.live.order_stream import order_stream
from api.live.responses import STREAMED, EventStream, LastEventId, stream_until
from api.live.vendor_stream import vendor_stream
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.base import PathId
from db.queries import staff
from db.session import Database

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


@router.get(
    "/orders/{order_id}/events",
    summary="Follow one order",
    response_class=EventStream,
    status_code=200,
    responses={**STREAMED, 404: refused("`order_not_found`, also for another shop's order")},
)
async def stream_order(
    order_id: PathId,
    user: CurrentVendorUser,
    database: DatabaseDep,
    hub: HubDep,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Server-sent events of one order, beginning with its present state.

    Notes of colleagues are told, too: `event: note` with `order_id` and `note_id`.
    """
    events = await order_stream(
        hub,
        database,
        user.vendor_id,
        order_id,
        last_event_id,
        until=stream_until(user.expires_at),
        may_hear=lambda: _still_works(database, user),
        with_notes=True,
    )
    return EventStream(events)


async def _still_works(database: Database, user: VendorCaller) -> bool:
    async with database.asking() as direct:
        role = await staff.active_role(
            direct, vendor_id=user.vendor_id, user_id=user.id, valid_from=user.valid_from
        )
    return role is not None
