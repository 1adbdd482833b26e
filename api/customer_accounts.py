"""Customers' accounts: how one comes to be, and who may use it."""

from api.passwords import hashed, verified
from api.request_limits import RequestLimits
from api.schemas.customers import Credentials, Guest, Registration
from api.signing_in import SignInGuard
from api.tokens import Audience
from db.queries import customers, vendors
from db.session import Database
from db.tables import Customer
from domain.errors import InvalidCredentials
from domain.request_limits import MOST_GUESTS_FROM_ONE_ADDRESS


async def add_account(database: Database, vendor_id: int, given: Registration) -> Customer:
    """A new customer of the shop. Raises VendorNotFound and EmailTaken."""
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
    password_hash = await hashed(given.password)
    async with database.vendor(vendor_id) as session:
        return await customers.add_customer(
            session,
            vendor_id=vendor_id,
            email=given.email,
            password_hash=password_hash,
            first_name=given.first_name,
            last_name=given.last_name,
        )


async def find_account(
    database: Database, guard: SignInGuard, vendor_id: int, given: Credentials
) -> Customer:
    """The customer with this address and password.

    Raises VendorNotFound, InvalidCredentials, and RateLimited after ten wrong passwords.
    """
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
        customer = await customers.account_by_email(session, vendor_id=vendor_id, email=given.email)
    async with guard.attempt(Audience.CUSTOMER, given.email, vendor_id=vendor_id):
        right = await verified(customer.password_hash if customer else None, given.password)
        if customer is None or not right:
            raise InvalidCredentials("The e-mail address or the password is wrong.")
    return customer


async def add_guest(database: Database, limits: RequestLimits, vendor_id: int, given: Guest) -> Customer:
    """A new customer without a password, who sees nothing that belongs to the e-mail address.

    Raises VendorNotFound, and RateLimited after thirty from one address in a quarter of an hour.
    """
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
    await limits.check("guest", from_address=MOST_GUESTS_FROM_ONE_ADDRESS)
    async with database.vendor(vendor_id) as session:
        return await customers.add_guest(session, vendor_id=vendor_id, email=given.email)
