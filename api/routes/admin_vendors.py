"""The platform's vendors and the people who work for them."""

from fastapi import Request, Response, status

from api.callers import CurrentAdmin
from api.cursors import Cursor, link_next
from api.dependencies import DatabaseDep, PageOf50
from api.passwords import hashed
from api.refusals import refused
from api.routes.admin import admin_router
from api.schemas.base import PathId
from api.schemas.staff import NewVendorUser, VendorUserAnswer, VendorUserChanges
from api.schemas.vendors import NewVendor, VendorAnswer, VendorChanges, present_vendor
from db.queries import people, vendor_accounts
from db.queries.shop_settings import check_prefix_free
from domain.money import minor_digits
from domain.tax import normalise_country
from domain.time_zones import usual_time_zone

router = admin_router("vendors")
_NOT_FOUND = refused("`vendor_not_found`")


@router.get("/vendors", summary="List the vendors")
async def list_vendors(
    request: Request,
    response: Response,
    _admin: CurrentAdmin,
    page: PageOf50,
    database: DatabaseDep,
) -> list[VendorAnswer]:
    """All vendors, open or closed, newest first."""
    async with database.platform() as session:
        found = await vendor_accounts.list_vendors(
            session,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
            before_id=page.cursor.id if page.cursor else None,
        )
    shown = found[: page.limit]
    if len(found) > page.limit:
        link_next(request, response, Cursor(created_at=shown[-1].created_at, id=shown[-1].id))
    return [present_vendor(vendor) for vendor in shown]


@router.post(
    "/vendors",
    status_code=status.HTTP_201_CREATED,
    summary="Add a vendor",
    responses={409: refused("`vendor_code_taken`")},
)
async def add_vendor(given: NewVendor, _admin: CurrentAdmin, database: DatabaseDep) -> VendorAnswer:
    """A new shop, without shipping rates yet; 409 `vendor_code_taken`, 422 `prefix_invalid`.

    Its time zone is its country's, until its owner says otherwise.
    """
    minor_digits(given.currency)
    country = normalise_country(given.country)
    values = {**given.model_dump(), "country": country, "time_zone": usual_time_zone(country)}
    async with database.platform() as session:
        await check_prefix_free(session, prefix=given.order_number_prefix, vendor_id=None)
        vendor = await vendor_accounts.add_vendor(session, **values)
    return present_vendor(vendor)


@router.get("/vendors/{vendor_id}", summary="Read one vendor", responses={404: _NOT_FOUND})
async def get_vendor(vendor_id: PathId, _admin: CurrentAdmin, database: DatabaseDep) -> VendorAnswer:
    """One vendor, open or closed."""
    async with database.platform() as session:
        return present_vendor(await vendor_accounts.get_vendor(session, vendor_id=vendor_id))


@router.put("/vendors/{vendor_id}", summary="Change a vendor", responses={404: _NOT_FOUND})
async def put_vendor(
    vendor_id: PathId, given: VendorChanges, _admin: CurrentAdmin, database: DatabaseDep
) -> VendorAnswer:
    """Change what is given. A shop that is not active takes no orders; those it has go on."""
    changes = given.given()
    if "country" in changes:
        changes["country"] = normalise_country(changes["country"])
    async with database.platform() as session:
        vendor = await vendor_accounts.change_vendor(session, vendor_id=vendor_id, changes=changes)
    return present_vendor(vendor)


@router.post(
    "/vendors/{vendor_id}/users",
    status_code=status.HTTP_201_CREATED,
    summary="Let somebody work for a vendor",
)
async def add_user(
    vendor_id: PathId, given: NewVendorUser, _admin: CurrentAdmin, database: DatabaseDep
) -> VendorUserAnswer:
    """A new user, who signs in with this e-mail address for this vendor only; 409 `email_taken`."""
    password_hash = await hashed(given.password)
    async with database.platform() as session:
        user = await vendor_accounts.add_vendor_user(
            session,
            vendor_id=vendor_id,
            password_hash=password_hash,
            **given.model_dump(exclude={"password"}),
        )
    return VendorUserAnswer.model_validate(user)


@router.get("/vendors/{vendor_id}/users", summary="List who works for a vendor", responses={404: _NOT_FOUND})
async def list_users(
    vendor_id: PathId, _admin: CurrentAdmin, database: DatabaseDep
) -> list[VendorUserAnswer]:
    """Everybody who works or worked for the vendor."""
    async with database.platform() as session:
        await vendor_accounts.get_vendor(session, vendor_id=vendor_id)
        found = await people.list_people(session, vendor_id=vendor_id)
    return [VendorUserAnswer.model_validate(user) for user in found]


@router.put(
    "/vendors/{vendor_id}/users/{user_id}",
    summary="Change somebody who works for a vendor",
    responses={404: refused("`vendor_user_not_found`"), 409: refused("`last_owner` who can sign in")},
)
async def put_user(
    vendor_id: PathId, user_id: PathId, given: VendorUserChanges, _admin: CurrentAdmin, database: DatabaseDep
) -> VendorUserAnswer:
    """Change what is given. Who is deactivated is signed out at once."""
    async with database.platform() as session:
        user = await people.change_person(
            session, vendor_id=vendor_id, user_id=user_id, changes=given.given()
        )
    return VendorUserAnswer.model_validate(user)
