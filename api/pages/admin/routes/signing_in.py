"""Signing in to the platform's pages, and out."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.admin_sign_in import find_admin
from api.dependencies import DatabaseDep
from api.pages.admin.routes.platform import platform_router
from api.pages.admin.visits import PREFIX, AnyPlatformVisit, PlatformVisit
from api.pages.forms import Form, SentForm, from_our_page
from api.pages.sign_in_needed import local_path
from api.schemas.customers import Credentials
from api.signing_in import SignInGuardDep
from domain.errors import InvalidCredentials, RateLimited

router = platform_router()


@router.get("/login")
async def show_login(
    visit: AnyPlatformVisit,
    next: Annotated[str, Query(max_length=1000)] = PREFIX,  # noqa: A002 -- as in the address
) -> HTMLResponse:
    """The form to sign in; leads on to `next`, a page of the platform."""
    return _form_page(visit, Form(), next)


@router.post("/login")
async def login(
    form: SentForm, visit: AnyPlatformVisit, database: DatabaseDep, guard: SignInGuardDep
) -> Response:
    """Sign in as an admin."""
    given = form.read(Credentials)
    if given is None:
        return _form_page(visit, form, form.get("next"))
    try:
        admin = await find_admin(database, guard, given)
    except (InvalidCredentials, RateLimited) as refused:
        return _form_page(visit, form, form.get("next"), visit.explain(refused))
    response = visit.redirect(_below(form.get("next")).removeprefix(PREFIX))
    visit.signed_in(response, admin)
    return response


@router.post("/logout", dependencies=[from_our_page])
async def logout(visit: AnyPlatformVisit) -> Response:
    """Sign out in this browser."""
    response = visit.redirect("/login")
    visit.sign_out(response)
    return response


def _below(given: str) -> str:
    """A page of the platform, whatever a form says."""
    path = local_path(given, PREFIX)
    return path if path == PREFIX or path.startswith(f"{PREFIX}/") else PREFIX


def _form_page(visit: PlatformVisit, form: Form, afterwards: str, problem: str | None = None) -> HTMLResponse:
    invalid = bool(form.problems) or problem is not None
    return visit.page(
        "desk/sign_in.html",
        status_code=422 if invalid else 200,
        form=form,
        problem=problem,
        next=_below(afterwards),
    )
