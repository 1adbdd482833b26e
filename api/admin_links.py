"""Passwords of the platform's admins, set anew by a link that only the owner of an e-mail address gets."""

from datetime import UTC, datetime

from api.engine import Engine
from api.passwords import hashed
from api.request_limits import RequestLimits
from db.queries import admins
from db.session import Database
from db.tables import Admin
from domain.admins import check_admin_link
from domain.errors import LinkInvalid
from domain.links import Link, LinkPurpose, Links
from domain.request_limits import MOST_LINKS_FROM_ONE_ADDRESS, MOST_LINKS_TO_ONE_PERSON, Limit
from workflows.account_messages import ADMIN_LINK_WORKFLOW, AdminLink, admin_link_id


async def request_link(database: Database, engine: Engine, limits: RequestLimits, *, email: str) -> None:
    """Send an admin who forgot their password a link, as the people who work for vendors get theirs."""
    person = Limit(email, MOST_LINKS_TO_ONE_PERSON)
    await limits.check("admin-link", from_address=MOST_LINKS_FROM_ONE_ADDRESS, person=person)
    async with database.platform() as session:
        admin = await admins.admin_by_email(session, email=email)
    if admin is None:
        # So that Temporal being away is answered alike, and nobody learns from a 503 who is an admin.
        await engine.ping()
    else:
        given = AdminLink(admin.id)
        await engine.start(ADMIN_LINK_WORKFLOW, given, workflow_id=admin_link_id(given))


async def read_link(database: Database, links: Links, *, token: str) -> Admin:
    """Whose link it is, while it can be used. Raises LinkInvalid and LinkExpired."""
    link = _read(links, token)
    async with database.platform() as session:
        admin = await admins.get_admin(session, admin_id=link.subject_id)
    return _checked(links, link, admin)


async def use_link(database: Database, links: Links, *, token: str, password: str) -> Admin:
    """Whose password is set now; every earlier sign-in of theirs ends. Raises LinkInvalid and LinkExpired."""
    # Before the password is hashed, which costs most, and again with the row locked.
    await read_link(database, links, token=token)
    password_hash = await hashed(password)
    link = _read(links, token)
    async with database.platform() as session:
        admin = _checked(links, link, await admins.lock_admin(session, admin_id=link.subject_id))
        return await admins.set_password(session, admin_id=admin.id, password_hash=password_hash)


def _read(links: Links, token: str) -> Link:
    return links.read(token, LinkPurpose.ADMIN, datetime.now(UTC))


def _checked(links: Links, link: Link, admin: Admin | None) -> Admin:
    if admin is None:
        raise LinkInvalid("This link is not valid.")
    check_admin_link(links, link, password_hash=admin.password_hash)
    return admin
