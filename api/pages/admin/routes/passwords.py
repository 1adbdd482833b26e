"""A new password by a link, for an admin who forgot theirs."""

from fastapi.responses import HTMLResponse, Response

from api.admin_links import read_link, request_link, use_link
from api.dependencies import DatabaseDep, EngineDep, LinksDep
from api.pages.admin.routes.platform import platform_router
from api.pages.admin.visits import AnyPlatformVisit
from api.pages.forms import Form, SentForm
from api.pages.password_links import password_page, request_page, sent_page
from api.pages.wording import marked_refusal
from api.request_limits import RequestLimitsDep
from api.schemas.staff import LinkPassword, PasswordLinkRequest
from domain.errors import RateLimited

router = platform_router()


@router.get("/forgot-password")
async def show_request(visit: AnyPlatformVisit) -> HTMLResponse:
    """Where to ask for the mail."""
    return request_page(visit, Form())


@router.post("/forgot-password")
async def send_link(
    form: SentForm,
    visit: AnyPlatformVisit,
    database: DatabaseDep,
    engine: EngineDep,
    limits: RequestLimitsDep,
) -> HTMLResponse:
    """Have the mail sent; the page says the same whether or not anybody is known by the address."""
    given = form.read(PasswordLinkRequest)
    if given is None:
        return request_page(visit, form)
    try:
        await request_link(database, engine, limits, email=given.email)
    except RateLimited as refused:
        form.problems["email"] = marked_refusal(refused)
        return request_page(visit, form)
    return sent_page(visit, given.email)


@router.get("/set-password/{token}")
async def show_password_form(
    token: str, visit: AnyPlatformVisit, database: DatabaseDep, links: LinksDep
) -> HTMLResponse:
    """The form for the password, while the link can be used."""
    admin = await read_link(database, links, token=token)
    return password_page(visit, email=admin.email, token=token, form=Form())


@router.post("/set-password/{token}")
async def set_password(
    token: str, form: SentForm, visit: AnyPlatformVisit, database: DatabaseDep, links: LinksDep
) -> Response:
    """Set the password and sign in."""
    admin = await read_link(database, links, token=token)
    given = form.read(LinkPassword)
    if given is None:
        return password_page(visit, email=admin.email, token=token, form=form)
    admin = await use_link(database, links, token=token, password=given.password)
    response = visit.redirect("")
    visit.signed_in(response, admin)
    return response
