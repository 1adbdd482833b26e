"""Who looks at a shop's page: the shop, the visitor and their cart, read in one transaction."""

from dataclasses import dataclass, fields, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from api.cookies import Realm, forget_token, new_session_id, read_session_id, shop_realm
from api.dependencies import ContextDep
from api.pages.sign_in_needed import SignInNeeded, way_back
from api.pages.visits import PageVisit, claimed
from api.schemas.base import PathId
from api.tokens import Audience, customer_claims
from db.queries.visits import get_visit
from db.tables import Customer, Vendor


@dataclass(frozen=True)
class Visit(PageVisit):
    """One request for a page of a shop; `session_id` is also that of the visitor's cart."""

    vendor: Vendor
    customer: Customer | None
    pieces: int

    @property
    def realm(self) -> Realm:
        return shop_realm(self.vendor.id)

    @property
    def path(self) -> str:
        return f"/shop/{self.vendor.id}"

    @property
    def customer_id(self) -> int | None:
        return self.customer.id if self.customer else None

    def signed_in(self, response: Response, customer: Customer) -> None:
        """Let the browser keep that the customer signed in."""
        self.sign_in(response, Audience.CUSTOMER, customer_claims(customer))

    def with_session(self, session_id: str) -> "Visit":
        """The same visit with another cart."""
        return replace(self, session_id=session_id)

    def keep(self, response: Response) -> None:
        super().keep(response)
        if self.customer is None and self.realm.caller in self.request.cookies:
            # Its sign-in has ended; the pages' scripts would go on sending it to the API, which refuses it.
            forget_token(response, self.realm)


@dataclass(frozen=True)
class AccountVisit(Visit):
    """A visit by somebody who is signed in, or is known as a guest."""

    customer: Customer

    @property
    def customer_id(self) -> int:
        return self.customer.id


async def _visit(request: Request, vendor_id: PathId, context: ContextDep) -> Visit:
    """Whoever asks; a token that has expired or was ended is nobody's, and another person's cart is none."""
    realm = shop_realm(vendor_id)
    claims = claimed(request, context, realm, Audience.CUSTOMER)
    if claims is not None and claims.vendor_id != vendor_id:
        claims = None
    session_id = read_session_id(request.cookies, realm)
    async with context.database.reading(vendor_id) as session:
        stored = await get_visit(
            session,
            vendor_id=vendor_id,
            customer_id=claims.id if claims else None,
            valid_from=claims.valid_from if claims else None,
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


ShopVisit = Annotated[Visit, Depends(_visit)]


async def _customer_visit(visit: ShopVisit) -> AccountVisit:
    """A customer of this shop. Raises SignInNeeded."""
    if visit.customer is None:
        wanted = urlencode({"next": way_back(visit.request, visit.path, otherwise="/account/orders")})
        raise SignInNeeded(visit.redirect(f"/login?{wanted}"))
    return AccountVisit(**{each.name: getattr(visit, each.name) for each in fields(Visit)})


CustomerVisit = Annotated[AccountVisit, Depends(_customer_visit)]
