"""Sign-in of the people who work for a vendor."""

from api.dependencies import DatabaseDep, TokensDep
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.customers import Credentials
from api.schemas.staff import SignedInUser, UserVendor, VendorSession
from api.signing_in import SignInGuardDep
from api.tokens import Audience, staff_claims
from api.vendor_sign_in import find_staff

router = vendor_router("sign-in")


@router.post("/login", summary="Sign in for a vendor", responses={401: refused("`invalid_credentials`")})
async def login(
    given: Credentials, database: DatabaseDep, tokens: TokensDep, guard: SignInGuardDep
) -> VendorSession:
    """An access token for the vendor that the user works for; 401 `invalid_credentials`.

    429 `rate_limited` after ten wrong passwords, until a quarter of an hour is over.
    """
    user, vendor = await find_staff(database, guard, given)
    return VendorSession(
        access_token=tokens.issue(Audience.VENDOR, staff_claims(user)),
        token_type="bearer",  # noqa: S106 -- the scheme's name, no secret
        vendor=UserVendor.model_validate(vendor),
        user=SignedInUser.model_validate(user),
    )
