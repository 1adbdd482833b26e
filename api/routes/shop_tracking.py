"""An order for anyone who holds its signed link."""

from api.dependencies import DatabaseDep, LinksDep, SettingsDep
from api.routes.shop import shop_router
from api.schemas.base import PathId
from api.schemas.tracking import TrackedOrder, present_tracked
from api.tracking import find_tracked

router = shop_router("orders")


@router.get("/orders/tracked/{token}")
async def track_order(
    vendor_id: PathId, token: str, database: DatabaseDep, links: LinksDep, settings: SettingsDep
) -> TrackedOrder:
    """Where an order stands, by the link in its e-mails; 404 `link_invalid`, 410 `link_expired`."""
    tracked = await find_tracked(database, links, vendor_id=vendor_id, token=token)
    return present_tracked(
        tracked.stored, tracked.history, tracked.wait, publishable_key=settings.stripe_publishable_key
    )
