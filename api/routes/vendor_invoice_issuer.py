"""The seller on a shop's invoices: for everybody who works there to read, for its owner to say."""

from api.callers import CurrentVendorUser
from api.dependencies import DatabaseDep
from api.refusals import refused
from api.routes.vendor import CurrentOwner, vendor_router
from api.schemas.invoice_issuers import GivenIssuer, IssuerAnswer, present_issuer
from db.queries.invoice_issuers import find_issuer, save_issuer
from db.queries.shop_settings import lock_settings
from db.tables import Vendor

router = vendor_router("settings")


@router.get("/settings/invoices", summary="Read who is the seller on invoices")
async def get_issuer(user: CurrentVendorUser, database: DatabaseDep) -> IssuerAnswer:
    """Who is named as the seller; a suggestion as long as nobody has said."""
    async with database.reading(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        issuer = await find_issuer(session, vendor_id=user.vendor_id)
    return present_issuer(issuer, vendor)


@router.put(
    "/settings/invoices",
    summary="Say who is the seller on invoices",
    responses={403: refused("Only the owner may change settings")},
)
async def put_issuer(given: GivenIssuer, owner: CurrentOwner, database: DatabaseDep) -> IssuerAnswer:
    """Replace the seller as a whole. Documents that were issued before stay as they are."""
    async with database.vendor(owner.vendor_id) as session:
        vendor = await lock_settings(session, vendor_id=owner.vendor_id, version=None)
        issuer = await save_issuer(session, vendor_id=owner.vendor_id, lines=given.model_dump())
    return present_issuer(issuer, vendor)
