"""An order for whoever has its e-mail: followed and paid by the signed link, without signing in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep, HubDep, LinksDep
from api.live.order_stream import order_stream
from api.live.responses import EventStream, LastEventId, stream_until
from api.pages.shop.orders import ToldOrder, tell_order
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import ShopVisit, Visit
from api.schemas.base import PathId
from api.schemas.tracking import TrackedOrder, present_tracked
from api.tracking import Tracked, find_tracked

router = page_router()
# The address is a key to the order: no search engine is to keep it.
_DAY = timedelta(days=1)
_PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


@router.get("/track/{token}")
async def track_order(token: str, visit: ShopVisit, database: DatabaseDep, links: LinksDep) -> HTMLResponse:
    """Where the order stands, and nothing about a person."""
    tracked = await find_tracked(database, links, vendor_id=visit.vendor.id, token=token)
    own = visit.customer is not None and visit.customer.id == tracked.stored.order.customer_id
    order, told = _shown(visit, tracked)
    page = visit.page(
        "shop/tracking.html",
        order=order,
        told=told,
        token=token,
        own_order=tracked.stored.order.id if own else None,
    )
    page.headers.update(_PRIVATE)
    return page


@router.get("/track/{token}/pay")
async def pay_tracked(token: str, visit: ShopVisit, database: DatabaseDep, links: LinksDep) -> Response:
    """Paying the order; one that does not wait for it is simply shown."""
    tracked = await find_tracked(database, links, vendor_id=visit.vendor.id, token=token)
    order, told = _shown(visit, tracked)
    path = f"/track/{token}"
    if order.payment is None or order.payment.client_secret is None:
        return visit.redirect(path)
    page = visit.page(
        "shop/order_payment.html",
        with_stripe=True,
        order=order,
        told=told,
        order_path=f"{visit.path}{path}",
        done_path=f"{visit.path}{path}",
        stripe_js_url=visit.context.settings.stripe_js_url,
    )
    page.headers.update(_PRIVATE)
    return page


@router.get("/track/{token}/events", response_class=EventStream)
async def stream_tracked(
    vendor_id: PathId,
    token: str,
    database: DatabaseDep,
    links: LinksDep,
    hub: HubDep,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Server-sent events of the order, with its statuses only."""
    tracked = await find_tracked(database, links, vendor_id=vendor_id, token=token)
    order_id = tracked.stored.order.id
    until = stream_until(datetime.now(UTC) + _DAY)
    return EventStream(await order_stream(hub, database, vendor_id, order_id, last_event_id, until=until))


def _shown(visit: Visit, tracked: Tracked) -> tuple[TrackedOrder, ToldOrder]:
    key = visit.context.settings.stripe_publishable_key
    order = present_tracked(tracked.stored, tracked.history, tracked.wait, publishable_key=key)
    told = tell_order(tracked.stored, tracked.history, tracked.waits)
    # A note is a person's own words.
    return order, replace(told, timeline=[replace(entry, note=None) for entry in told.timeline])
