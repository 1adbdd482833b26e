"""Passwords of a vendor's people, set by a link that only the owner of an e-mail address gets."""

from datetime import UTC, datetime

from api.engine import Engine
from api.passwords import hashed
from api.request_limits import RequestLimits
from db.queries import people, staff, vendor_accounts
from db.session import Database
from db.tables import VendorUser
from domain.errors import EngineUnavailable, LinkInvalid
from domain.links import Link, LinkPurpose, Links
from domain.request_limits import MOST_LINKS_FROM_ONE_ADDRESS, MOST_LINKS_TO_ONE_PERSON, Limit
from domain.staff import check_staff_link
from workflows.account_messages import STAFF_LINK_WORKFLOW, StaffLink, staff_link_id


async def invite(
    database: Database, engine: Engine, *, vendor_id: int, **values: object
) -> tuple[VendorUser, bool]:
    """Somebody new who works for a vendor and sets a password by a link, and whether that was sent.

    Where it was not, `send_link` sends it later. `email` in lower case. Raises VendorNotFound, EmailTaken.
    """
    async with database.platform() as session:
        user = await vendor_accounts.add_vendor_user(session, vendor_id=vendor_id, **values)
    try:
        await _mail(engine, user)
    except EngineUnavailable:
        return user, False
    return user, True


async def send_link(database: Database, engine: Engine, *, vendor_id: int, user_id: int) -> VendorUser:
    """Send a link for a password; at most one within a minute.

    Raises VendorUserNotFound, also for somebody who does not work there any more, and EngineUnavailable.
    """
    async with database.platform() as session:
        user = await people.get_person(session, vendor_id=vendor_id, user_id=user_id)
    await _mail(engine, user)
    return user


async def request_link(database: Database, engine: Engine, limits: RequestLimits, *, email: str) -> None:
    """Send somebody who forgot their password a link; at most one within a minute. `email` in lower case.

    Does the same, as far as the caller sees, where nobody signs in with this e-mail address. Raises
    EngineUnavailable, and RateLimited after ten requests from one address or five for one e-mail address in
    a quarter of an hour.
    """
    person = Limit(email, MOST_LINKS_TO_ONE_PERSON)
    await limits.check("staff-link", from_address=MOST_LINKS_FROM_ONE_ADDRESS, person=person)
    async with database.platform() as session:
        user = await staff.vendor_user_by_email(session, email=email)
    if user is None:
        # So that Temporal being away is answered alike, and nobody learns from a 503 who works somewhere.
        await engine.ping()
    else:
        await _mail(engine, user)


async def read_link(database: Database, links: Links, *, token: str) -> VendorUser:
    """Whose link it is, while it can be used. Raises LinkInvalid and LinkExpired."""
    link = _read(links, token)
    async with database.reading(link.vendor_id) as session:
        user = await session.get(VendorUser, link.subject_id)
    return _checked(links, link, user)


async def use_link(database: Database, links: Links, *, token: str, password: str) -> VendorUser:
    """Whose password is set now; every earlier sign-in of theirs ends. Raises LinkInvalid and LinkExpired."""
    # Before the password is hashed, which costs most, and again with the row locked.
    await read_link(database, links, token=token)
    password_hash = await hashed(password)
    link = _read(links, token)
    async with database.vendor(link.vendor_id) as session:
        user = _checked(links, link, await people.lock_person(session, user_id=link.subject_id))
        return await people.set_password(session, user_id=user.id, password_hash=password_hash)


async def _mail(engine: Engine, user: VendorUser) -> None:
    given = StaffLink(user.vendor_id, user.id)
    await engine.start(STAFF_LINK_WORKFLOW, given, workflow_id=staff_link_id(given))


def _read(links: Links, token: str) -> Link:
    return links.read(token, LinkPurpose.STAFF, datetime.now(UTC))


def _checked(links: Links, link: Link, user: VendorUser | None) -> VendorUser:
    if user is None:
        raise LinkInvalid("This link is not valid.")
    check_staff_link(links, link, password_hash=user.password_hash, is_active=user.is_active)
    return user
