"""Signing in, signing out and registering."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.customer_accounts import add_account, find_account
from api.dependencies import DatabaseDep
from api.pages.forms import Form, SentForm, from_our_page
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import CustomerVisit, ShopVisit, Visit
from api.pages.sign_in_needed import local_path
from api.pages.wording import marked_refusal
from api.schemas.customers import Credentials, Registration
from api.signing_in import SignInGuardDep
from db.queries import customers
from db.queries.cart_merging import merge_carts
from db.tables import Customer
from domain.errors import EmailTaken, InvalidCredentials, RateLimited

router = page_router()
_AFTERWARDS = "/account/orders"
Next = Annotated[str, Query(max_length=500)]


@router.get("/login")
async def show_login(visit: ShopVisit, next: Next = _AFTERWARDS) -> HTMLResponse:  # noqa: A002 -- as in the address
    """The form to sign in; leads on to `next`, a path within the shop."""
    return _form_page(visit, "shop/login.html", Form(), next)


@router.post("/login")
async def login(form: SentForm, visit: ShopVisit, database: DatabaseDep, guard: SignInGuardDep) -> Response:
    """Sign in; what is in the cart stays there."""
    given = form.read(Credentials)
    if given is None:
        return _form_page(visit, "shop/login.html", form, form.get("next"))
    try:
        customer = await find_account(database, guard, visit.vendor.id, given)
    except (InvalidCredentials, RateLimited) as refused:
        return _form_page(visit, "shop/login.html", form, form.get("next"), visit.explain(refused))
    return await signed_in(visit, customer, form.get("next"))


@router.get("/register")
async def show_registration(visit: ShopVisit, next: Next = _AFTERWARDS) -> HTMLResponse:  # noqa: A002 -- as above
    """The form for a new account."""
    return _form_page(visit, "shop/register.html", Form(), next)


@router.post("/register")
async def register(form: SentForm, visit: ShopVisit, database: DatabaseDep) -> Response:
    """A new account, signed in."""
    given = form.read(Registration)
    if given is None:
        return _form_page(visit, "shop/register.html", form, form.get("next"))
    try:
        customer = await add_account(database, visit.vendor.id, given)
    except EmailTaken as refused:
        form.problems["email"] = marked_refusal(refused)
        return _form_page(visit, "shop/register.html", form, form.get("next"))
    return await signed_in(visit, customer, form.get("next"))


@router.post("/logout", dependencies=[from_our_page])
async def logout(visit: ShopVisit) -> Response:
    """Sign out. The cart stays the customer's; whoever comes next on this device starts with an empty one."""
    return _signed_out(visit)


@router.post("/account/sign-out-everywhere", dependencies=[from_our_page])
async def sign_out_everywhere(visit: CustomerVisit, database: DatabaseDep) -> Response:
    """End every sign-in of the customer, on this device too."""
    async with database.vendor(visit.vendor.id) as session:
        await customers.end_sign_ins(session, customer_id=visit.customer_id)
    return _signed_out(visit)


def _signed_out(visit: Visit) -> Response:
    response = visit.redirect("")
    visit.sign_out(response)
    return response


async def signed_in(visit: Visit, customer: Customer, afterwards: str) -> Response:
    """Go on as this customer, with one cart."""
    async with visit.context.database.vendor(visit.vendor.id) as session:
        session_id = await merge_carts(
            session,
            vendor_id=visit.vendor.id,
            session_id=visit.session_id,
            present_owner=visit.customer_id,
            customer_id=customer.id,
        )
    response = visit.with_session(session_id).redirect(local_path(afterwards, _AFTERWARDS))
    visit.signed_in(response, customer)
    return response


def _form_page(
    visit: Visit, template: str, form: Form, afterwards: str, problem: str | None = None
) -> HTMLResponse:
    invalid = bool(form.problems) or problem is not None
    return visit.page(
        template,
        status_code=422 if invalid else 200,
        form=form,
        problem=problem,
        next=local_path(afterwards, _AFTERWARDS),
    )
