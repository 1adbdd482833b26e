"""Accounts made, and passwords set anew, by a link that only the owner of an e-mail address gets."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.passwords import hashed
from api.schemas.accounts import AccountClaim
from db.queries import accounts, customers, vendors
from db.session import Database
from db.tables import Customer
from domain.accounts import check_unused
from domain.errors import EmailTaken, LinkInvalid
from domain.links import LinkPurpose, Links


async def claim_account(database: Database, links: Links, *, vendor_id: int, given: AccountClaim) -> Customer:
    """The account whose password is set now; it sees what guests with its e-mail address ordered.

    A guest's account is a customer of its own: whoever typed the address as a guest may still be signed in
    as that guest, and is to see no more than they did. Raises LinkInvalid, LinkExpired and VendorNotFound.
    """
    link = links.read(given.token, LinkPurpose.ACCOUNT, datetime.now(UTC))
    if link.vendor_id != vendor_id:
        raise _invalid()
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
        customer = await accounts.get_customer(session, customer_id=link.subject_id)
    if customer is None:
        raise _invalid()
    # Before the password is hashed, which costs most, and again with the customer locked.
    check_unused(links, link, password_hash=customer.password_hash, account_id=customer.account_id)
    password_hash = await hashed(given.password)
    async with database.vendor(vendor_id) as session:
        locked = await accounts.lock_customer(session, customer=customer)
        if locked is None:
            raise _invalid()
        check_unused(links, link, password_hash=locked.password_hash, account_id=locked.account_id)
        account = await _with_password(session, locked, password_hash, given)
        await accounts.link_guests(session, account=account)
    return account


async def _with_password(
    session: AsyncSession, customer: Customer, password_hash: str, given: AccountClaim
) -> Customer:
    first_name = given.first_name or customer.first_name
    last_name = given.last_name or customer.last_name
    if not customer.is_guest:
        customer.password_hash = password_hash
        customer.first_name, customer.last_name = first_name, last_name
        await session.flush()
        return customer
    try:
        return await customers.add_customer(
            session,
            vendor_id=customer.vendor_id,
            email=customer.email,
            password_hash=password_hash,
            first_name=first_name,
            last_name=last_name,
        )
    except EmailTaken:
        # Somebody registered the address meanwhile: a new link goes to that account, and so to its owner.
        raise _invalid() from None


def _invalid() -> LinkInvalid:
    return LinkInvalid("This link is not valid.")
