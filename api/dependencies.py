"""What routes ask for: the process's parts, who calls, and which page of a list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Header, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.admission import Admission
from api.cookies import CSRF_HEADER, DESK, PLATFORM, Realm, check_csrf, shop_realm
from api.cursors import Cursor, read_cursor
from api.engine import Engine
from api.exporting import ExportSlots
from api.live.hub import Hub
from api.pages.languages import LANGUAGES, Languages
from api.placement_outcomes import PlacementOutcomes
from api.schemas.base import PathId
from api.tokens import Audience, ReadClaims, Tokens
from db.queries import admins, customers, staff
from db.session import Database
from domain.errors import IdempotencyKeyInvalid, TokenInvalid
from domain.links import Links
from domain.orders import idempotency_key_ok
from domain.staff import check_may_change
from settings import Settings

MAX_LIMIT = 200
MAX_SKIP = 100_000
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Context:
    """The parts of the process that routes work with."""

    settings: Settings
    database: Database
    engine: Engine
    tokens: Tokens
    hub: Hub
    outcomes: PlacementOutcomes
    exports: ExportSlots
    admission: Admission
    languages: Languages = LANGUAGES

    async def stop_listening(self) -> None:
        """End the streams, and the connections that the database tells its news on."""
        await self.hub.close()
        await self.outcomes.close()


async def _context(request: Request) -> Context:
    return cast("Context", request.app.state.context)


ContextDep = Annotated[Context, Depends(_context)]


async def _settings(context: ContextDep) -> Settings:
    return context.settings


async def _database(context: ContextDep) -> Database:
    return context.database


async def _engine(context: ContextDep) -> Engine:
    return context.engine


async def _tokens(context: ContextDep) -> Tokens:
    return context.tokens


async def _hub(context: ContextDep) -> Hub:
    return context.hub


async def _outcomes(context: ContextDep) -> PlacementOutcomes:
    return context.outcomes


async def _admission(context: ContextDep) -> Admission:
    return context.admission


async def _links(context: ContextDep) -> Links:
    return Links(context.settings.link_secret.get_secret_value())


SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
EngineDep = Annotated[Engine, Depends(_engine)]
TokensDep = Annotated[Tokens, Depends(_tokens)]
AdmissionDep = Annotated[Admission, Depends(_admission)]
HubDep = Annotated[Hub, Depends(_hub)]
OutcomesDep = Annotated[PlacementOutcomes, Depends(_outcomes)]
LinksDep = Annotated[Links, Depends(_links)]


async def refuse_crowd(admission: AdmissionDep) -> None:
    """Raise Overloaded where an order would be refused a turn, before anything else is asked or read.

    A dependency: in a crowd most requests are refused, and what that takes is taken from the others.
    """
    admission.check()


@dataclass(frozen=True)
class CustomerCaller:
    """A signed-in customer in the shop of the path, until `expires_at`."""

    id: int
    vendor_id: int
    expires_at: datetime
    valid_from: datetime


@dataclass(frozen=True)
class VendorCaller:
    """A signed-in vendor user, until `expires_at`; `role` is owner, staff or viewer."""

    id: int
    vendor_id: int
    role: str
    expires_at: datetime
    valid_from: datetime


@dataclass(frozen=True)
class AdminCaller:
    """A signed-in admin of the platform."""

    id: int


def _bearer(audience: Audience, description: str) -> HTTPBearer:
    return HTTPBearer(scheme_name=audience, description=description, bearerFormat="JWT", auto_error=False)


_Credentials = HTTPAuthorizationCredentials | None
_CustomerCredentials = Annotated[
    _Credentials, Security(_bearer(Audience.CUSTOMER, "The token of a customer of the shop in the path."))
]
_VendorCredentials = Annotated[
    _Credentials, Security(_bearer(Audience.VENDOR, "The token of somebody who works for a vendor."))
]
_AdminCredentials = Annotated[
    _Credentials, Security(_bearer(Audience.ADMIN, "The token of an admin of the platform."))
]


def _claims(credentials: _Credentials, tokens: Tokens, audience: Audience) -> ReadClaims:
    if credentials is None:
        raise TokenInvalid("An access token is needed: Authorization: Bearer <token>.")
    return tokens.read(credentials.credentials, audience)


def _or_cookie(credentials: _Credentials, request: Request, settings: Settings, realm: Realm) -> _Credentials:
    """The header's credentials, else those in the cookie of our own pages.

    Where a request with a cookie changes something it has to bring the pages' CSRF token.
    """
    token = request.cookies.get(realm.caller)
    if credentials is not None or "authorization" in request.headers or token is None:
        return credentials
    if request.method not in _SAFE_METHODS:
        check_csrf(request, settings, realm, request.headers.get(CSRF_HEADER))
    return HTTPAuthorizationCredentials(scheme="Bearer", credentials=token)


async def _token_holder(
    request: Request,
    vendor_id: PathId,
    credentials: _CustomerCredentials,
    tokens: TokensDep,
    settings: SettingsDep,
) -> CustomerCaller:
    """The customer of this shop by a token that we gave them, whose sign-in may have ended since.

    A token of another shop is as invalid as a forged one: it says nothing about whether this shop or the
    customer exists here.
    """
    given = _or_cookie(credentials, request, settings, shop_realm(vendor_id))
    claims = _claims(given, tokens, Audience.CUSTOMER)
    if claims.vendor_id != vendor_id:
        raise TokenInvalid("The access token is not valid.")
    return CustomerCaller(claims.id, vendor_id, claims.expires_at, claims.valid_from)


TokenHolder = Annotated[CustomerCaller, Depends(_token_holder)]


async def _customer(customer: TokenHolder, database: DatabaseDep) -> CustomerCaller:
    """The customer of this shop, looked up so that a sign-in that was ended is out at once."""
    await check_signed_in(database, customer)
    return customer


async def check_signed_in(database: Database, customer: CustomerCaller) -> None:
    """Raise TokenInvalid where the sign-in has ended."""
    if not await is_signed_in(database, customer):
        raise TokenInvalid("This sign-in has ended; please sign in again.")


async def is_signed_in(database: Database, customer: CustomerCaller) -> bool:
    """Whether the customer is still there, and has neither a new password nor signed out everywhere since."""
    async with database.asking() as direct:
        valid_from = await customers.tokens_valid_from(
            direct, vendor_id=customer.vendor_id, customer_id=customer.id
        )
    return valid_from == customer.valid_from


async def _visitor(
    request: Request,
    vendor_id: PathId,
    credentials: _CustomerCredentials,
    tokens: TokensDep,
    settings: SettingsDep,
    database: DatabaseDep,
) -> CustomerCaller | None:
    """The customer if somebody signed in; a token that is given has to be valid."""
    if "authorization" not in request.headers and shop_realm(vendor_id).caller not in request.cookies:
        return None
    return await _customer(await _token_holder(request, vendor_id, credentials, tokens, settings), database)


async def _vendor_user(
    request: Request,
    credentials: _VendorCredentials,
    tokens: TokensDep,
    settings: SettingsDep,
    database: DatabaseDep,
) -> VendorCaller:
    """The vendor user, looked up so that a deactivated one is out at once, and a viewer changes nothing."""
    claims = _claims(_or_cookie(credentials, request, settings, DESK), tokens, Audience.VENDOR)
    if claims.vendor_id is None:
        raise TokenInvalid("The access token is not valid.")
    async with database.asking() as direct:
        role = await staff.active_role(
            direct, vendor_id=claims.vendor_id, user_id=claims.id, valid_from=claims.valid_from
        )
    if role is None:
        raise TokenInvalid("The access token is not valid.")
    if request.method not in _SAFE_METHODS:
        check_may_change(role)
    return VendorCaller(
        id=claims.id,
        vendor_id=claims.vendor_id,
        role=role,
        expires_at=claims.expires_at,
        valid_from=claims.valid_from,
    )


async def _admin(
    request: Request,
    credentials: _AdminCredentials,
    tokens: TokensDep,
    settings: SettingsDep,
    database: DatabaseDep,
) -> AdminCaller:
    claims = _claims(_or_cookie(credentials, request, settings, PLATFORM), tokens, Audience.ADMIN)
    async with database.platform() as session:
        if not await admins.admin_is_signed_in(session, admin_id=claims.id, valid_from=claims.valid_from):
            raise TokenInvalid("The access token is not valid.")
    return AdminCaller(id=claims.id)


CurrentCustomer = Annotated[CustomerCaller, Depends(_customer)]
Visitor = Annotated[CustomerCaller | None, Depends(_visitor)]
CurrentVendorUser = Annotated[VendorCaller, Depends(_vendor_user)]
CurrentAdmin = Annotated[AdminCaller, Depends(_admin)]


async def _idempotency_key(idempotency_key: Annotated[str | None, Header()] = None) -> str | None:
    if idempotency_key is not None and not idempotency_key_ok(idempotency_key):
        raise IdempotencyKeyInvalid("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    return idempotency_key


IdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]


@dataclass(frozen=True)
class Page:
    """Which part of a list, newest first: after `cursor`, or else after `skip` entries."""

    skip: int
    limit: int
    cursor: Cursor | None


def page_of(default: int) -> Callable[..., Awaitable[Page]]:
    """The dependency for a list with `default` entries a page."""

    async def page(
        skip: Annotated[int, Query(ge=0, le=MAX_SKIP)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = default,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Page:
        return Page(skip=skip, limit=limit, cursor=None if cursor is None else read_cursor(cursor))

    return page


PageOf20 = Annotated[Page, Depends(page_of(20))]
PageOf50 = Annotated[Page, Depends(page_of(50))]
