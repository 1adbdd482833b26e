"""Who signs in for the platform, by e-mail address and password."""

from api.passwords import verified
from api.schemas.customers import Credentials
from api.signing_in import SignInGuard
from api.tokens import Audience
from db.queries import admins
from db.session import Database
from db.tables import Admin
from domain.errors import InvalidCredentials


async def find_admin(database: Database, guard: SignInGuard, given: Credentials) -> Admin:
    """The admin with this password. Raises InvalidCredentials, RateLimited."""
    async with database.platform() as session:
        admin = await admins.admin_by_email(session, email=given.email)
    async with guard.attempt(Audience.ADMIN, given.email):
        right = await verified(admin.password_hash if admin else None, given.password)
        if admin is None or not right:
            raise InvalidCredentials("The e-mail address or the password is wrong.")
    return admin
