"""A password by a link, for whoever forgot theirs or was invited to the desk."""

from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep, EngineDep, LinksDep
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import AnyDeskVisit
from api.pages.forms import Form, SentForm
from api.pages.password_links import password_page, request_page, sent_page
from api.pages.wording import marked_refusal
from api.request_limits import RequestLimitsDep
from api.schemas.staff import LinkPassword, PasswordLinkRequest
from api.staff_links import read_link, request_link, use_link
from domain.errors import RateLimited

router = desk_router()


@router.get("/forgot-password")
async def show_request(visit: AnyDeskVisit) -> HTMLResponse:
    """Where to ask for the mail."""
    return request_page(visit, Form())


@router.post("/forgot-password")
async def send_link(
    form: SentForm, visit: AnyDeskVisit, database: DatabaseDep, engine: EngineDep, limits: RequestLimitsDep
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
    token: str, visit: AnyDeskVisit, database: DatabaseDep, links: LinksDep
) -> HTMLResponse:
    """The form for the password, while the link can be used."""
    user = await read_link(database, links, token=token)
    return password_page(visit, email=user.email, token=token, form=Form())


@router.post("/set-password/{token}")
async def set_password(
    token: str, form: SentForm, visit: AnyDeskVisit, database: DatabaseDep, links: LinksDep
) -> Response:
    """Set the password and sign in."""
    user = await read_link(database, links, token=token)
    given = form.read(LinkPassword)
    if given is None:
        return password_page(visit, email=user.email, token=token, form=form)
    user = await use_link(database, links, token=token, password=given.password)
    response = visit.redirect("/orders")
    visit.signed_in(response, user)
    return response
