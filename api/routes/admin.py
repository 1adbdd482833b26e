"""What the admin's routes share, and how admins sign in."""

from fastapi import APIRouter

from api.admin_sign_in import find_admin
from api.dependencies import DatabaseDep, TokensDep
from api.refusals import refused
from api.schemas.customers import Credentials
from api.schemas.staff import AdminAnswer, AdminSession
from api.signing_in import SignInGuardDep
from api.tokens import Audience, Claims

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
    return AdminSession(
        access_token=tokens.issue(Audience.ADMIN, Claims(id=admin.id)),
        token_type="bearer",  # noqa: S106 -- the scheme's name, no secret
        user=AdminAnswer.model_validate(admin),
    )
