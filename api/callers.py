"""Who calls: a customer, somebody who works for a vendor, an admin; by header, or by the pages' cookie."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.cookies import CSRF_HEADER, DESK, PLATFORM, Realm, check_csrf, shop_realm
from api.dependencies import DatabaseDep, SettingsDep, TokensDep
from api.schemas.base import PathId
from api.tokens import Audience, ReadClaims, Tokens
from db.queries import admins, customers, staff
from db.session import Database
from domain.errors import TokenInvalid
from domain.staff import check_may_change
from settings import Settings

_SAFE_METHODS = frozenset({"GET", "HEAD"})


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
