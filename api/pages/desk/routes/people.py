"""The people who work for the shop: inviting them, their roles, and their leaving."""

from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep, EngineDep
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Owner, Staff, StaffVisit
from api.pages.forms import Form, SentForm, from_our_page
from api.schemas.base import PathId
from api.schemas.staff import InvitedUser, VendorUserChanges
from api.staff_links import invite, send_link
from db.queries import people
from db.tables import VendorUser
from domain.errors import EmailTaken, EngineUnavailable, LastOwner
from domain.staff import StaffRole

router = desk_router()
_LIST = "/settings/people"
_CHECKED = "true"


@router.get("/settings/people")
async def list_people(visit: Staff, database: DatabaseDep) -> HTMLResponse:
    """Everybody, with the form to invite one more."""
    return await _list_page(visit, database, Form())


@router.post("/settings/people")
async def invite_person(form: SentForm, visit: Owner, database: DatabaseDep, engine: EngineDep) -> Response:
    """Have an invitation mailed to somebody new."""
    given = form.read(InvitedUser)
    if given is None:
        return await _list_page(visit, database, form)
    try:
        _, sent = await invite(database, engine, vendor_id=visit.vendor.id, **given.model_dump())
    except EmailTaken as refused:
        form.problems["email"] = visit.explain(refused)
        return await _list_page(visit, database, form)
    return visit.redirect(f"{_LIST}?done={'invited' if sent else 'unsent'}")


@router.get("/settings/people/{user_id}")
async def show_person(user_id: PathId, visit: Owner, database: DatabaseDep) -> HTMLResponse:
    """One of them, to be changed."""
    async with database.reading(visit.vendor.id) as session:
        user = await people.get_person(session, vendor_id=visit.vendor.id, user_id=user_id)
    return _person_page(visit, user, _filled(user))


@router.post("/settings/people/{user_id}")
async def change_person(user_id: PathId, form: SentForm, visit: Owner, database: DatabaseDep) -> Response:
    """Change name, role, and whether they work here."""
    async with database.reading(visit.vendor.id) as session:
        user = await people.get_person(session, vendor_id=visit.vendor.id, user_id=user_id)
    given = form.read(VendorUserChanges, is_active=form.get("is_active") == _CHECKED)
    if given is None:
        return _person_page(visit, user, form)
    try:
        async with database.vendor(visit.vendor.id) as session:
            await people.change_person(
                session, vendor_id=visit.vendor.id, user_id=user_id, changes=given.given()
            )
    except LastOwner as refused:
        return _person_page(visit, user, form, problem=visit.explain(refused))
    return visit.redirect(f"{_LIST}?done=saved")


@router.post("/settings/people/{user_id}/link", dependencies=[from_our_page])
async def send_password_link(
    user_id: PathId, visit: Owner, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Have a link for a new password mailed; their password stays as it is until they use it."""
    try:
        user = await send_link(database, engine, vendor_id=visit.vendor.id, user_id=user_id)
    except EngineUnavailable:
        return visit.redirect(f"{_LIST}?done=unsent")
    return visit.redirect(f"{_LIST}?done={'link' if user.has_password else 'invited'}")


def _filled(user: VendorUser) -> Form:
    return Form(
        {
            "first_name": user.first_name,
            "last_name": user.last_name,
            "role": user.role,
            "is_active": _CHECKED if user.is_active else "",
        }
    )


def _person_page(
    visit: StaffVisit, user: VendorUser, form: Form, *, problem: str | None = None
) -> HTMLResponse:
    return visit.page(
        "desk/settings/person.html",
        status_code=422 if form.problems else 409 if problem else 200,
        form=form,
        person=user,
        problem=problem,
        roles=list(StaffRole),
    )


async def _list_page(visit: StaffVisit, database: DatabaseDep, form: Form) -> HTMLResponse:
    async with database.reading(visit.vendor.id) as session:
        found = await people.list_people(session, vendor_id=visit.vendor.id)
    return visit.page(
        "desk/settings/people.html",
        status_code=422 if form.problems else 200,
        form=form if form.values else Form({"role": StaffRole.STAFF}),
        people=found,
        roles=list(StaffRole),
        done=visit.request.query_params.get("done", ""),
    )
