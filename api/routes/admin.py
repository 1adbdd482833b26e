"""What the admin's routes share, and how admins sign in."""

from fastapi import APIRouter, Response, status

from api.admin_links import request_link, use_link
from api.admin_sign_in import find_admin
from api.dependencies import DatabaseDep, EngineDep, LinksDep, TokensDep
from api.refusals import refused
from api.request_limits import RequestLimitsDep
from api.schemas.customers import Credentials
from api.schemas.staff import AdminAnswer, AdminSession, PasswordByLink, PasswordLinkRequest
from api.signing_in import SignInGuardDep
from api.tokens import Audience, Tokens, admin_claims
from db.tables import Admin

PREFIX = "/api/v1/admin"


def admin_router(noun: str) -> APIRouter:
    """The router for one noun of the admin's side."""
    return APIRouter(prefix=PREFIX, tags=[f"Admin: {noun}"])


router = admin_router("sign-in")


@router.post(
    "/login", summary="Sign in as an admin of the platform", responses={401: refused("`invalid_credentials`")}
)
async def login(
    given: Credentials, database: DatabaseDep, tokens: TokensDep, guard: SignInGuardDep
) -> AdminSession:
    """An access token for the platform; 401 `invalid_credentials`.

    429 `rate_limited` after ten wrong passwords, until a quarter of an hour is over.
    """
    admin = await find_admin(database, guard, given)
    return _session(tokens, admin)


@router.post(
    "/password-link",
    summary="Have a link for a new password sent",
    status_code=status.HTTP_202_ACCEPTED,
    response_class=Response,
)
async def send_password_link(
    given: PasswordLinkRequest, database: DatabaseDep, engine: EngineDep, limits: RequestLimitsDep
) -> Response:
    """Send a link to an admin who forgot their password; at most one within a minute, good for an hour.

    The answer is the same whether or not there is an admin with this e-mail address. 429 `rate_limited`
    after ten requests from one address or five for one e-mail address, until a quarter of an hour is over.
    """
    await request_link(database, engine, limits, email=given.email)
    return Response(status_code=status.HTTP_202_ACCEPTED)


@router.post(
    "/password",
    summary="Set a new password by a link",
    responses={404: refused("`link_invalid`"), 410: refused("`link_expired`")},
)
async def set_password(
    given: PasswordByLink, database: DatabaseDep, links: LinksDep, tokens: TokensDep
) -> AdminSession:
    """Set the password by the link that was mailed; signed in. Every earlier sign-in ends.

    A link works once: 404 `link_invalid` afterwards, 410 `link_expired` after an hour.
    """
    return _session(tokens, await use_link(database, links, token=given.token, password=given.password))


def _session(tokens: Tokens, admin: Admin) -> AdminSession:
    return AdminSession(
        access_token=tokens.issue(Audience.ADMIN, admin_claims(admin)),
        token_type="bearer",  # noqa: S106 -- the scheme's name, no secret
        user=AdminAnswer.model_validate(admin),
    )
