"""A password by a link, for whoever forgot theirs or was invited: alike at the desk and at the platform."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Protocol, TypeVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep, EngineDep, LinksDep
from api.engine import Engine
from api.pages.forms import Form, SentForm
from api.pages.visits import PageVisit
from api.pages.wording import marked_refusal
from api.request_limits import RequestLimits, RequestLimitsDep
from api.schemas.staff import LinkPassword, PasswordLinkRequest
from db.session import Database
from db.tables import Admin, VendorUser
from domain.errors import RateLimited
from domain.links import Links

_PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}

Person = TypeVar("Person", bound=Admin | VendorUser)
Person_co = TypeVar("Person_co", bound=Admin | VendorUser, covariant=True)
Visit = TypeVar("Visit", bound=PageVisit)


class PasswordLinks(Protocol[Person_co]):
    """The links of one realm, as `api/staff_links.py` and `api/admin_links.py` have them."""

    async def request_link(
        self, database: Database, engine: Engine, limits: RequestLimits, /, *, email: str
    ) -> None: ...

    async def read_link(self, database: Database, links: Links, /, *, token: str) -> Person_co: ...

    async def use_link(
        self, database: Database, links: Links, /, *, token: str, password: str
    ) -> Person_co: ...


def add_password_pages(
    router: APIRouter,
    realm_links: PasswordLinks[Person],
    *,
    visit_of: Callable[..., Awaitable[Visit]],
    signed_in: Callable[[Visit, Response, Person], None],
    first_page: str,
) -> None:
    """The pages of one realm: to ask for a link, and to set the password by it, after which one is in."""
    _add_request_pages(router, realm_links, visit_of)

    @router.get("/set-password/{token}")
    async def show_password_form(
        token: str, visit: Annotated[Visit, Depends(visit_of)], database: DatabaseDep, links: LinksDep
    ) -> HTMLResponse:
        """The form for the password, while the link can be used."""
        person = await realm_links.read_link(database, links, token=token)
        return _password_page(visit, email=person.email, token=token, form=Form())

    @router.post("/set-password/{token}")
    async def set_password(
        token: str,
        form: SentForm,
        visit: Annotated[Visit, Depends(visit_of)],
        database: DatabaseDep,
        links: LinksDep,
    ) -> Response:
        """Set the password and sign in."""
        person = await realm_links.read_link(database, links, token=token)
        given = form.read(LinkPassword)
        if given is None:
            return _password_page(visit, email=person.email, token=token, form=form)
        person = await realm_links.use_link(database, links, token=token, password=given.password)
        response = visit.redirect(first_page)
        signed_in(visit, response, person)
        return response


def _add_request_pages(
    router: APIRouter, realm_links: PasswordLinks[Person], visit_of: Callable[..., Awaitable[Visit]]
) -> None:
    @router.get("/forgot-password")
    async def show_request(visit: Annotated[Visit, Depends(visit_of)]) -> HTMLResponse:
        """Where to ask for the mail."""
        return _request_page(visit, Form())

    @router.post("/forgot-password")
    async def send_link(
        form: SentForm,
        visit: Annotated[Visit, Depends(visit_of)],
        database: DatabaseDep,
        engine: EngineDep,
        limits: RequestLimitsDep,
    ) -> HTMLResponse:
        """Have the mail sent; the page says the same whether or not anybody is known by the address."""
        given = form.read(PasswordLinkRequest)
        if given is None:
            return _request_page(visit, form)
        try:
            await realm_links.request_link(database, engine, limits, email=given.email)
        except RateLimited as refused:
            form.problems["email"] = marked_refusal(refused)
            return _request_page(visit, form)
        return _sent_page(visit, given.email)


def _request_page(visit: PageVisit, form: Form) -> HTMLResponse:
    """Where somebody who forgot their password asks for the mail."""
    return visit.page("desk/forgot_password.html", status_code=422 if form.problems else 200, form=form)


def _sent_page(visit: PageVisit, email: str) -> HTMLResponse:
    """The same whether or not anybody is known by the address."""
    return visit.page("desk/link_sent.html", email=email)


def _password_page(visit: PageVisit, *, email: str, token: str, form: Form) -> HTMLResponse:
    """The form for the password, of whoever has the link."""
    page = visit.page(
        "desk/set_password.html",
        status_code=422 if form.problems else 200,
        form=form,
        token=token,
        email=email,
    )
    page.headers.update(_PRIVATE)
    return page
