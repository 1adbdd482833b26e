"""Signing in to the desk, and out."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import PREFIX, AnyDeskVisit, DeskVisit
from api.pages.forms import Form, SentForm, from_our_page
from api.pages.sign_in_needed import local_path
from api.schemas.customers import Credentials
from api.signing_in import SignInGuardDep
from api.vendor_sign_in import find_staff
from domain.errors import InvalidCredentials, RateLimited

router = desk_router()
_AFTERWARDS = f"{PREFIX}/orders"


@router.get("")
async def front_door(visit: AnyDeskVisit) -> Response:
    """The desk begins with its orders."""
    return visit.redirect("/orders")


@router.get("/login")
async def show_login(
    visit: AnyDeskVisit,
    next: Annotated[str, Query(max_length=1000)] = _AFTERWARDS,  # noqa: A002 -- as in the address
) -> HTMLResponse:
    """The form to sign in; leads on to `next`, a page of the desk."""
    return _form_page(visit, Form(), next)


@router.post("/login")
async def login(
    form: SentForm, visit: AnyDeskVisit, database: DatabaseDep, guard: SignInGuardDep
) -> Response:
    """Sign in for the vendor that somebody works for."""
    given = form.read(Credentials)
    if given is None:
        return _form_page(visit, form, form.get("next"))
    try:
        user, _ = await find_staff(database, guard, given)
    except (InvalidCredentials, RateLimited) as refused:
        return _form_page(visit, form, form.get("next"), visit.explain(refused))
    response = visit.redirect(_below(form.get("next")).removeprefix(PREFIX))
    visit.signed_in(response, user)
    return response


@router.post("/logout", dependencies=[from_our_page])
async def logout(visit: AnyDeskVisit) -> Response:
    """Sign out in this browser."""
    response = visit.redirect("/login")
    visit.sign_out(response)
    return response


def _below(given: str) -> str:
    """A page of the desk, whatever a form says."""
    path = local_path(given, _AFTERWARDS)
    return path if path.startswith(f"{PREFIX}/") else _AFTERWARDS


def _form_page(visit: DeskVisit, form: Form, afterwards: str, problem: str | None = None) -> HTMLResponse:
    invalid = bool(form.problems) or problem is not None
    return visit.page(
        "desk/sign_in.html",
        status_code=422 if invalid else 200,
        form=form,
        problem=problem,
        next=_below(afterwards),
    )
