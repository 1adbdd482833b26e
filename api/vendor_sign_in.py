"""Who signs in for a vendor, by e-mail address and password."""

from api.passwords import verified
from api.schemas.customers import Credentials
from api.signing_in import SignInGuard
from api.tokens import Audience
from db.queries import staff
from db.session import Database
from db.tables import Vendor, VendorUser
from domain.errors import InvalidCredentials


async def find_staff(database: Database, guard: SignInGuard, given: Credentials) -> tuple[VendorUser, Vendor]:
    """The user and the vendor that they work for. Raises InvalidCredentials, RateLimited."""
    async with database.platform() as session:
        user = await staff.vendor_user_by_email(session, email=given.email)
        vendor = await session.get(Vendor, user.vendor_id) if user else None
    async with guard.attempt(Audience.VENDOR, given.email):
        right = await verified(user.password_hash if user else None, given.password)
        if user is None or vendor is None or not right:
            raise InvalidCredentials("The e-mail address or the password is wrong.")
    return user, vendor
