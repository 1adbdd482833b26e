"""Sign-in of the people who work for a vendor."""

from fastapi import Response, status

from api.dependencies import DatabaseDep, EngineDep, LinksDep, TokensDep
from api.refusals import refused
from api.request_limits import RequestLimitsDep
from api.routes.vendor import vendor_router
from api.schemas.customers import Credentials
from api.schemas.staff import (
    PasswordByLink,
    PasswordLinkRequest,
    SignedInUser,
    UserVendor,
    VendorSession,
)
from api.signing_in import SignInGuardDep
from api.staff_links import request_link, use_link
from api.tokens import Audience, Tokens, staff_claims
from api.vendor_sign_in import find_staff
from db.queries.vendor_accounts import get_vendor
from db.tables import Vendor, VendorUser

router = vendor_router("sign-in")


@router.post("/login", summary="Sign in for a vendor", responses={401: refused("`invalid_credentials`")})
async def login(
    given: Credentials, database: DatabaseDep, tokens: TokensDep, guard: SignInGuardDep
) -> VendorSession:
    """An access token for the vendor that the user works for; 401 `invalid_credentials`.

    429 `rate_limited` after ten wrong passwords, until a quarter of an hour is over.
    """
    user, vendor = await find_staff(database, guard, given)
    return _session(tokens, user, vendor)


@router.post(
    "/password-link",
    summary="Have a link for a new password sent",
    status_code=status.HTTP_202_ACCEPTED,
    response_class=Response,
)
async def send_password_link(
    given: PasswordLinkRequest, database: DatabaseDep, engine: EngineDep, limits: RequestLimitsDep
) -> Response:
    """Send a link to somebody who forgot their password; at most one within a minute, good for 24 hours.

    The answer is the same whether or not anybody signs in with this e-mail address. 429 `rate_limited`
    after ten requests from one address or five for one e-mail address, until a quarter of an hour is over.
    """
    await request_link(database, engine, limits, email=given.email)
    return Response(status_code=status.HTTP_202_ACCEPTED)


@router.post(
    "/password",
    summary="Set a password by a link",
    responses={404: refused("`link_invalid`"), 410: refused("`link_expired`")},
)
async def set_password(
    given: PasswordByLink, database: DatabaseDep, links: LinksDep, tokens: TokensDep
) -> VendorSession:
    """Set the password by the link that was mailed, also that of an invitation; signed in.

    Every earlier sign-in ends. A link works once: 404 `link_invalid` afterwards, 410 `link_expired` when it
    is over.
    """
    user = await use_link(database, links, token=given.token, password=given.password)
    async with database.platform() as session:
        vendor = await get_vendor(session, vendor_id=user.vendor_id)
    return _session(tokens, user, vendor)


def _session(tokens: Tokens, user: VendorUser, vendor: Vendor) -> VendorSession:
    return VendorSession(
        access_token=tokens.issue(Audience.VENDOR, staff_claims(user)),
        token_type="bearer",  # noqa: S106 -- the scheme's name, no secret
        vendor=UserVendor.model_validate(vendor),
        user=SignedInUser.model_validate(user),
    )
