"""Accounts made, and passwords set anew, by a link that only the owner of an e-mail address gets."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.engine import Engine
from api.passwords import hashed
from api.request_limits import RequestLimits
from api.schemas.accounts import AccountClaim
from db.queries import accounts, customers, vendors
from db.session import Database
from db.tables import Customer
from domain.accounts import check_unused
from domain.errors import EmailTaken, LinkInvalid
from domain.links import LinkPurpose, Links
from domain.request_limits import MOST_LINKS_FROM_ONE_ADDRESS, MOST_LINKS_TO_ONE_PERSON, Limit
from workflows.account_messages import ACCOUNT_LINK_WORKFLOW, AccountLink, account_link_id


async def send_link(
    database: Database, engine: Engine, limits: RequestLimits, *, vendor_id: int, email: str
) -> None:
    """Send a link for a new password, or to a guest one for an account; at most one within a minute.

    Does the same, as far as the caller sees, where nobody is known by this e-mail address. Raises
    VendorNotFound, EngineUnavailable, and RateLimited after ten requests from one address or five for one
    e-mail address in a quarter of an hour.
    """
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
    person = Limit(f"{vendor_id}:{email}", MOST_LINKS_TO_ONE_PERSON)
    await limits.check("account-link", from_address=MOST_LINKS_FROM_ONE_ADDRESS, person=person)
    async with database.reading(vendor_id) as session:
        customer_id = await accounts.find_link_target(session, vendor_id=vendor_id, email=email)
    if customer_id is None:
        # So that Temporal being away is answered alike, and nobody learns from a 503 who is known.
        await engine.ping()
    else:
        given = AccountLink(vendor_id, customer_id)
        await engine.start(ACCOUNT_LINK_WORKFLOW, given, workflow_id=account_link_id(given))


async def read_link(database: Database, links: Links, *, vendor_id: int, token: str) -> Customer:
    """Whose link it is, while it can be used. Raises LinkInvalid and LinkExpired."""
    link = links.read(token, LinkPurpose.ACCOUNT, datetime.now(UTC))
    if link.vendor_id != vendor_id:
        raise _invalid()
    async with database.reading(vendor_id) as session:
        customer = await accounts.get_customer(session, customer_id=link.subject_id)
    if customer is None:
        raise _invalid()
    check_unused(links, link, password_hash=customer.password_hash, account_id=customer.account_id)
    return customer


async def claim_account(database: Database, links: Links, *, vendor_id: int, given: AccountClaim) -> Customer:
    """The account whose password is set now; it sees what guests with its e-mail address ordered.

    Every earlier sign-in to it ends: somebody else may have registered the address and be signed in.

    A guest's account is a customer of its own: whoever typed the address as a guest may still be signed in
    as that guest, and is to see no more than they did. Raises LinkInvalid, LinkExpired and VendorNotFound.
    """
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
    # Before the password is hashed, which costs most, and again with the customer locked.
    customer = await read_link(database, links, vendor_id=vendor_id, token=given.token)
    link = links.read(given.token, LinkPurpose.ACCOUNT, datetime.now(UTC))
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
        await customers.end_sign_ins(session, customer_id=customer.id)
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
