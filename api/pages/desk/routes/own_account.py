"""The account of whoever works at the desk: their password."""

from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import OwnVisit, StaffVisit
from api.pages.forms import Form, SentForm
from api.pages.wording import WRONG_PASSWORD
from api.passwords import hashed, verified
from api.schemas.staff import OwnPassword
from api.signing_in import SignInGuard, SignInGuardDep
from api.tokens import Audience
from db.queries import people
from domain.errors import InvalidCredentials, RateLimited

router = desk_router()


@router.get("/settings/account")
async def show_account(visit: OwnVisit) -> HTMLResponse:
    """Who is signed in, and the form for a new password."""
    return _account_page(visit, Form())


@router.post("/settings/account")
async def change_password(
    form: SentForm, visit: OwnVisit, database: DatabaseDep, guard: SignInGuardDep
) -> Response:
    """A new password; every other sign-in ends, and this browser stays signed in."""
    given = form.read(OwnPassword)
    if given is None:
        return _account_page(visit, form)
    try:
        await _check(visit, guard, given.current_password)
    except InvalidCredentials:
        form.problems["current_password"] = WRONG_PASSWORD
        return _account_page(visit, form)
    except RateLimited as refused:
        form.problems["current_password"] = visit.explain(refused)
        return _account_page(visit, form)
    password_hash = await hashed(given.password)
    async with database.vendor(visit.vendor.id) as session:
        user = await people.set_password(session, user_id=visit.user.id, password_hash=password_hash)
    response = visit.redirect("/settings/account?saved=1")
    visit.signed_in(response, user)
    return response


async def _check(visit: StaffVisit, guard: SignInGuard, password: str) -> None:
    """Raise InvalidCredentials for another password than the present one, RateLimited after ten of them."""
    async with guard.attempt(Audience.VENDOR, visit.user.email):
        if not await verified(visit.user.password_hash, password):
            raise InvalidCredentials("This is not the present password.")


def _account_page(visit: StaffVisit, form: Form) -> HTMLResponse:
    return visit.page(
        "desk/settings/account.html",
        status_code=422 if form.problems else 200,
        form=form,
        saved="saved" in visit.request.query_params,
    )
