"""Who looks at a shop's page: the shop, the visitor and their cart, read in one transaction."""

from dataclasses import dataclass, fields, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.cookies import (
    csrf_token,
    customer_cookie,
    forget_customer,
    keep_customer,
    keep_session_id,
    new_session_id,
    read_session_id,
)
from api.dependencies import Context, ContextDep
from api.pages.rendering import language_of, render_page
from api.pages.wording import explain
from api.schemas.base import PathId
from api.tokens import Audience, Claims, customer_claims
from db.queries.visits import get_visit
from db.tables import Customer, Vendor
from domain.errors import DomainError, Forbidden, Unauthenticated


@dataclass(frozen=True)
class Visit:
    """One request for a page of a shop."""

    request: Request
    context: Context
    vendor: Vendor
    customer: Customer | None
    session_id: str
    pieces: int

    @property
    def path(self) -> str:
        """Where the shop's pages begin."""
        return f"/shop/{self.vendor.id}"

    @property
    def customer_id(self) -> int | None:
        return self.customer.id if self.customer else None

    def page(
        self, template: str, *, status_code: int = 200, with_stripe: bool = False, **facts: object
    ) -> HTMLResponse:
        """The page of a template, which can use this visit as `visit`."""
        settings = self.context.settings
        response = render_page(
            self.request,
            template,
            {"visit": self, "csrf_token": csrf_token(settings, self.session_id), **facts},
            status_code=status_code,
            stripe_js_url=settings.stripe_js_url if with_stripe else None,
        )
        self._keep(response)
        return response

    def explain(self, refused: DomainError) -> str:
        """Why something was refused, in the visitor's language."""
        return explain(refused, language_of(self.request))

    def redirect(self, path: str) -> RedirectResponse:
        """Send the browser to another page of this shop, by GET."""
        response = RedirectResponse(f"{self.path}{path}", status_code=303)
        self._keep(response)
        return response

    def signed_in(self, response: Response, customer: Customer) -> None:
        """Let the browser keep that the customer signed in."""
        token = self.context.tokens.issue(Audience.CUSTOMER, customer_claims(customer))
        keep_customer(response, self.context.settings, self.vendor.id, token)

    def with_session(self, session_id: str) -> "Visit":
        """The same visit with another cart."""
        return replace(self, session_id=session_id)

    def _keep(self, response: Response) -> None:
        if read_session_id(self.request.cookies, self.vendor.id) != self.session_id:
            keep_session_id(response, self.context.settings, self.vendor.id, self.session_id)
        if self.customer is None and customer_cookie(self.vendor.id) in self.request.cookies:
            # Its sign-in has ended; the pages' scripts would go on sending it to the API, which refuses it.
            forget_customer(response, self.vendor.id)


@dataclass(frozen=True)
class AccountVisit(Visit):
    """A visit by somebody who is signed in, or is known as a guest."""

    customer: Customer

    @property
    def customer_id(self) -> int:
        return self.customer.id


class SignInNeeded(Exception):  # noqa: N818 -- no failure: the visitor is sent to sign in and comes back
    """Nobody is signed in; `response` leads to the form and from there back to the page."""

    def __init__(self, response: Response) -> None:
        super().__init__("somebody has to sign in")
        self.response = response


async def _visit(request: Request, vendor_id: PathId, context: ContextDep) -> Visit:
    """Whoever asks; a token that has expired or was ended is nobody's, and another person's cart is none."""
    claimed = _claimed_customer(request, context, vendor_id)
    session_id = read_session_id(request.cookies, vendor_id)
    async with context.database.reading(vendor_id) as session:
        stored = await get_visit(
            session,
            vendor_id=vendor_id,
            customer_id=claimed.id if claimed else None,
            valid_from=claimed.valid_from if claimed else None,
            session_id=session_id,
        )
    return Visit(
        request=request,
        context=context,
        vendor=stored.vendor,
        customer=stored.customer,
        session_id=session_id if session_id is not None and stored.pieces is not None else new_session_id(),
        pieces=stored.pieces or 0,
    )


def _claimed_customer(request: Request, context: Context, vendor_id: int) -> Claims | None:
    token = request.cookies.get(customer_cookie(vendor_id))
    if token is None:
        return None
    try:
        claims = context.tokens.read(token, Audience.CUSTOMER)
    except (Unauthenticated, Forbidden):
        return None
    return claims if claims.vendor_id == vendor_id else None


ShopVisit = Annotated[Visit, Depends(_visit)]


async def _customer_visit(visit: ShopVisit) -> AccountVisit:
    """A customer of this shop. Raises SignInNeeded."""
    if visit.customer is None:
        raise SignInNeeded(visit.redirect(f"/login?{urlencode({'next': _way_back(visit)})}"))
    return AccountVisit(**{each.name: getattr(visit, each.name) for each in fields(Visit)})


def _way_back(visit: Visit) -> str:
    """The page that was asked for, below the shop's path; what a form sent is not repeated by an address."""
    url = visit.request.url
    if visit.request.method not in {"GET", "HEAD"}:
        return "/account/orders"
    path = url.path.removeprefix(visit.path)
    return f"{path}?{url.query}" if url.query else path


CustomerVisit = Annotated[AccountVisit, Depends(_customer_visit)]
