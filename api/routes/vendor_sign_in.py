"""Sign-in of the people who work for a vendor."""

from api.dependencies import DatabaseDep, TokensDep
from api.passwords import verified
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.customers import Credentials
from api.schemas.staff import SignedInUser, UserVendor, VendorSession
from api.signing_in import SignInGuardDep
from api.tokens import Audience, Claims
from db.queries import staff
from db.tables import Vendor
from domain.errors import InvalidCredentials

router = vendor_router("sign-in")


@router.post("/login", summary="Sign in for a vendor", responses={401: refused("`invalid_credentials`")})
async def login(
    given: Credentials, database: DatabaseDep, tokens: TokensDep, guard: SignInGuardDep
) -> VendorSession:
    """An access token for the vendor that the user works for; 401 `invalid_credentials`.

    429 `rate_limited` after ten wrong passwords, until a quarter of an hour is over.
    """
    async with database.platform() as session:
        user = await staff.vendor_user_by_email(session, email=given.email)
        vendor = await session.get(Vendor, user.vendor_id) if user else None
    async with guard.attempt(Audience.VENDOR, given.email):
        right = await verified(user.password_hash if user else None, given.password)
        if user is None or vendor is None or not right:
            raise InvalidCredentials("The e-mail address or the password is wrong.")
    return VendorSession(
        access_token=tokens.issue(
            Audience.VENDOR, Claims(id=user.id, vendor_id=user.vendor_id, role=user.role)
        ),
        token_type="bearer",  # noqa: S106 -- the scheme's name, no secret
        vendor=UserVendor.model_validate(vendor),
        user=SignedInUser.model_validate(user),
    )
