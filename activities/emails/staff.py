"""The e-mails with a link for a password to those who work for a vendor: new ones, and others."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.emails.facts import PersonFacts, RenderedEmail, ShopFacts
from activities.emails.formatting import one_line
from activities.emails.links import EmailLinks
from activities.emails.rendering import render_templates
from db.tables import Vendor, VendorUser
from domain.errors import VendorUserNotFound
from domain.staff import link_lifetime


class StaffEmailKind(StrEnum):
    """Each has its templates under this name."""

    NEW_PASSWORD = "staff_password"  # noqa: S105 -- a template's name
    INVITATION = "staff_invitation"


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """Who gets a link, named as the mails' frame names its reader; without a password they are new."""

    vendor_id: int
    user_id: int
    shop: ShopFacts
    customer: PersonFacts
    password_hash: str | None

    @property
    def kind(self) -> StaffEmailKind:
        """Which of the e-mails they get."""
        return StaffEmailKind.INVITATION if self.password_hash is None else StaffEmailKind.NEW_PASSWORD


async def load_person(session: AsyncSession, user_id: int) -> StaffFacts:
    """Who is to get a link. Raises VendorUserNotFound, also for somebody who left."""
    statement = (
        select(VendorUser, Vendor)
        .join(Vendor, Vendor.id == VendorUser.vendor_id)
        .where(VendorUser.id == user_id, VendorUser.is_active)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise VendorUserNotFound("Nobody like this works for the shop.")
    user, vendor = row
    return StaffFacts(
        vendor_id=vendor.id,
        user_id=user.id,
        shop=ShopFacts(one_line(vendor.name), vendor.contact_email),
        customer=PersonFacts(one_line(user.first_name), one_line(user.last_name), user.email),
        password_hash=user.password_hash,
    )


def render_person(person: StaffFacts, links: EmailLinks, *, asked_at: datetime) -> RenderedEmail:
    """The e-mail with the link."""
    link = links.set_staff_password(
        vendor_id=person.vendor_id,
        user_id=person.user_id,
        password_hash=person.password_hash,
        asked_at=asked_at,
    )
    given = {
        "shop": person.shop,
        "customer": person.customer,
        "link": link,
        "valid_until": asked_at + link_lifetime(person.password_hash),
    }
    return render_templates(person.kind, given)
