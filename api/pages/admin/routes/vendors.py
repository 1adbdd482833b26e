"""The platform's vendors: the list, adding one, changing one, and who works for it."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep, EngineDep
from api.pages.admin.routes.platform import platform_router
from api.pages.admin.visits import AdminVisit, SignedInAdmin
from api.pages.countries import every_country
from api.pages.currencies import list_currencies
from api.pages.forms import Form, SentForm, from_our_page
from api.pages.rendering import language_of
from api.schemas.base import MAX_ID, PathId
from api.schemas.staff import InvitedUser, VendorUserChanges
from api.schemas.vendors import NewVendor, VendorChanges
from api.staff_links import invite, send_link
from db.queries import people, vendor_accounts
from db.queries.shop_settings import check_prefix_free
from db.tables import Vendor
from domain.errors import EmailTaken, EngineUnavailable, LastOwner, PrefixInvalid, VendorCodeTaken
from domain.money import minor_digits
from domain.staff import StaffRole
from domain.tax import normalise_country
from domain.time_zones import usual_time_zone

router = platform_router()
_PAGE = 50
_CHECKED = "true"


@router.get("/vendors")
async def list_vendors(
    visit: SignedInAdmin,
    database: DatabaseDep,
    search: Annotated[str, Query(max_length=100)] = "",
    before: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None,
) -> HTMLResponse:
    """All vendors, or those that are looked for, newest first."""
    wanted = search.strip().replace("\0", "")
    async with database.platform() as session:
        found = await vendor_accounts.list_vendors(session, limit=_PAGE + 1, before_id=before, search=wanted)
    return visit.page(
        "admin/vendors.html",
        vendors=found[:_PAGE],
        search=wanted,
        later=before is not None,
        more=found[_PAGE - 1].id if len(found) > _PAGE else None,
    )


@router.get("/vendors/new")
async def show_new_vendor(visit: SignedInAdmin) -> HTMLResponse:
    """The form for one more vendor."""
    return _new_page(visit, Form({"currency": "EUR"}))


@router.post("/vendors")
async def add_vendor(form: SentForm, visit: SignedInAdmin, database: DatabaseDep) -> Response:
    """One more vendor; its owner is invited on its page."""
    given = form.read(
        NewVendor,
        order_number_prefix=form.get("order_number_prefix").strip().upper(),
        prices_include_tax=form.get("prices_include_tax") == _CHECKED,
        tax_shipping=form.get("tax_shipping") == _CHECKED,
    )
    if given is None:
        return _new_page(visit, form)
    minor_digits(given.currency)
    country = normalise_country(given.country)
    values = {**given.model_dump(), "country": country, "time_zone": usual_time_zone(country)}
    try:
        async with database.platform() as session:
            await check_prefix_free(session, prefix=given.order_number_prefix, vendor_id=None)
            vendor = await vendor_accounts.add_vendor(session, **values)
    except VendorCodeTaken as refused:
        form.problems["vendor_code"] = visit.explain(refused)
        return _new_page(visit, form)
    except PrefixInvalid as refused:
        form.problems["order_number_prefix"] = visit.explain(refused)
        return _new_page(visit, form)
    return visit.redirect(f"/vendors/{vendor.id}?done=added")


@router.get("/vendors/{vendor_id}")
async def show_vendor(vendor_id: PathId, visit: SignedInAdmin, database: DatabaseDep) -> HTMLResponse:
    """One vendor, its shop open or closed, and its people."""
    return await _vendor_page(visit, database, vendor_id, None, Form({"role": StaffRole.OWNER}))


@router.post("/vendors/{vendor_id}")
async def change_vendor(
    vendor_id: PathId, form: SentForm, visit: SignedInAdmin, database: DatabaseDep
) -> Response:
    """Change a vendor, and open or close its shop."""
    given = form.read(VendorChanges, is_active=form.get("is_active") == _CHECKED)
    if given is None:
        return await _vendor_page(visit, database, vendor_id, form, Form({"role": StaffRole.OWNER}))
    changes = given.given()
    if "country" in changes:
        changes["country"] = normalise_country(changes["country"])
    async with database.platform() as session:
        await vendor_accounts.change_vendor(session, vendor_id=vendor_id, changes=changes)
    return visit.redirect(f"/vendors/{vendor_id}?done=saved")


@router.post("/vendors/{vendor_id}/users")
async def invite_user(
    vendor_id: PathId, form: SentForm, visit: SignedInAdmin, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Have an invitation mailed to somebody who is to work for the vendor."""
    given = form.read(InvitedUser)
    if given is None:
        return await _vendor_page(visit, database, vendor_id, None, form)
    try:
        _, sent = await invite(database, engine, vendor_id=vendor_id, **given.model_dump())
    except EmailTaken as refused:
        form.problems["email"] = visit.explain(refused)
        return await _vendor_page(visit, database, vendor_id, None, form)
    return visit.redirect(f"/vendors/{vendor_id}?done={'invited' if sent else 'unsent'}")


@router.post("/vendors/{vendor_id}/users/{user_id}")
async def change_user(
    vendor_id: PathId, user_id: PathId, form: SentForm, visit: SignedInAdmin, database: DatabaseDep
) -> Response:
    """Change somebody's role, and whether they work for the vendor."""
    given = form.read(VendorUserChanges, is_active=form.get("is_active") == _CHECKED)
    if given is None:
        return visit.redirect(f"/vendors/{vendor_id}")
    try:
        async with database.platform() as session:
            await people.change_person(session, vendor_id=vendor_id, user_id=user_id, changes=given.given())
    except LastOwner:
        return visit.redirect(f"/vendors/{vendor_id}?done=last_owner")
    return visit.redirect(f"/vendors/{vendor_id}?done=saved")


@router.post("/vendors/{vendor_id}/users/{user_id}/link", dependencies=[from_our_page])
async def send_password_link(
    vendor_id: PathId, user_id: PathId, visit: SignedInAdmin, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Have a link mailed to somebody: the invitation again, or one for a new password."""
    try:
        user = await send_link(database, engine, vendor_id=vendor_id, user_id=user_id)
    except EngineUnavailable:
        return visit.redirect(f"/vendors/{vendor_id}?done=unsent")
    return visit.redirect(f"/vendors/{vendor_id}?done={'link' if user.has_password else 'invited'}")


def _new_page(visit: AdminVisit, form: Form) -> HTMLResponse:
    return visit.page(
        "admin/new_vendor.html",
        status_code=422 if form.problems else 200,
        form=form,
        countries=every_country(language_of(visit.request)),
        currencies=list_currencies(),
    )


async def _vendor_page(
    visit: AdminVisit, database: DatabaseDep, vendor_id: int, form: Form | None, inviting: Form
) -> HTMLResponse:
    async with database.platform() as session:
        vendor = await vendor_accounts.get_vendor(session, vendor_id=vendor_id)
        found = await people.list_people(session, vendor_id=vendor_id)
    facts: dict[str, Any] = {"vendor": vendor, "people": found, "roles": list(StaffRole)}
    return visit.page(
        "admin/vendor.html",
        status_code=422 if inviting.problems or (form and form.problems) else 200,
        form=form or _filled(vendor),
        inviting=inviting,
        countries=every_country(language_of(visit.request)),
        done=visit.request.query_params.get("done", ""),
        **facts,
    )


def _filled(vendor: Vendor) -> Form:
    return Form(
        {
            "name": vendor.name,
            "contact_email": vendor.contact_email,
            "country": vendor.country,
            "is_active": _CHECKED if vendor.is_active else "",
        }
    )
