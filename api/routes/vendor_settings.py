"""A shop's settings: for everybody who works there to read, for its owner to change."""

from api.callers import CurrentVendorUser
from api.dependencies import DatabaseDep
from api.refusals import refused
from api.routes.vendor import CurrentOwner, vendor_router
from api.schemas.shop_settings import SettingsAnswer, SettingsChanges, present_settings
from db.queries import shop_settings

router = vendor_router("settings")


@router.get("/settings", summary="Read the shop's settings")
async def get_settings(user: CurrentVendorUser, database: DatabaseDep) -> SettingsAnswer:
    """How the shop numbers, prices, takes payment for and ships orders."""
    async with database.reading(user.vendor_id) as session:
        found = await shop_settings.get_settings(session, vendor_id=user.vendor_id)
    return present_settings(found)


@router.put(
    "/settings",
    summary="Change the shop's settings",
    responses={
        403: refused("Only the owner may change settings"),
        409: refused("`currency_fixed` once there are orders"),
    },
)
async def put_settings(given: SettingsChanges, owner: CurrentOwner, database: DatabaseDep) -> SettingsAnswer:
    """Change what is given. Orders that were placed keep what they were placed under."""
    changes = given.columns()
    if "order_number_prefix" in changes:
        async with database.platform() as session:
            await shop_settings.check_prefix_free(
                session, prefix=changes["order_number_prefix"], vendor_id=owner.vendor_id
            )
    async with database.vendor(owner.vendor_id) as session:
        changed = await shop_settings.change_settings(
            session, vendor_id=owner.vendor_id, changes=changes, shipping_rates=given.rates()
        )
    return present_settings(changed)
