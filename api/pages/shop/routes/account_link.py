"""An account for a guest, and a new password: the mail with the link is asked for, and the link is used."""

from fastapi.responses import HTMLResponse, Response

from api.account_links import claim_account, read_link, send_link
from api.dependencies import DatabaseDep, EngineDep, LinksDep
from api.pages.forms import Form, SentForm
from api.pages.shop.routes.shop import page_router
from api.pages.shop.routes.signing_in import signed_in
from api.pages.shop.visits import ShopVisit, Visit
from api.pages.wording import marked_refusal
from api.request_limits import RequestLimitsDep
from api.schemas.accounts import AccountClaim, AccountLinkRequest
from db.tables import Customer
from domain.errors import RateLimited

router = page_router()
_PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


@router.get("/account/link")
async def show_request(visit: ShopVisit) -> HTMLResponse:
    """Where to ask for the mail."""
    known = visit.customer.email if visit.customer else ""
    return _request_page(visit, Form({"email": known}))


@router.post("/account/link")
async def request_link(
    form: SentForm, visit: ShopVisit, database: DatabaseDep, engine: EngineDep, limits: RequestLimitsDep
) -> HTMLResponse:
    """Have the mail sent; the page says the same whether or not anybody is known by the address."""
    given = form.read(AccountLinkRequest)
    if given is None:
        return _request_page(visit, form)
    try:
        await send_link(database, engine, limits, vendor_id=visit.vendor.id, email=given.email)
    except RateLimited as refused:
        form.problems["email"] = marked_refusal(refused)
        return _request_page(visit, form)
    return visit.page("shop/account_link_sent.html", email=given.email)


@router.get("/account/set-password/{token}")
async def show_password_form(
    token: str, visit: ShopVisit, database: DatabaseDep, links: LinksDep
) -> HTMLResponse:
    """The form for the password, while the link can be used."""
    customer = await read_link(database, links, vendor_id=visit.vendor.id, token=token)
    return _password_page(visit, customer, token, Form())


@router.post("/account/set-password/{token}")
async def set_password(
    token: str, form: SentForm, visit: ShopVisit, database: DatabaseDep, links: LinksDep
) -> Response:
    """Set the password and sign in, with the cart that is there."""
    customer = await read_link(database, links, vendor_id=visit.vendor.id, token=token)
    given = form.read(AccountClaim, token=token)
    if given is None:
        return _password_page(visit, customer, token, form)
    account = await claim_account(database, links, vendor_id=visit.vendor.id, given=given)
    return await signed_in(visit, account, "/account/orders")


def _request_page(visit: Visit, form: Form) -> HTMLResponse:
    return visit.page("shop/account_link.html", status_code=422 if form.problems else 200, form=form)


def _password_page(visit: Visit, customer: Customer, token: str, form: Form) -> HTMLResponse:
    page = visit.page(
        "shop/set_password.html",
        status_code=422 if form.problems else 200,
        form=form,
        token=token,
        owner=customer,
    )
    page.headers.update(_PRIVATE)
    return page
