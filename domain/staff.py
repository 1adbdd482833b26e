"""The people who work for a vendor, and what their roles let them do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Forbidden, LastOwner, LinkInvalid
from domain.links import Link, LinkPurpose, Links

# Over a weekend.
INVITATION_LIFETIME = timedelta(days=3)
# Who forgot a password is at work now; who comes back to it tomorrow asks again.
PASSWORD_LIFETIME = timedelta(hours=24)


class StaffRole(StrEnum):
    """Owners change settings and people, staff works with orders and products, viewers only look."""

    OWNER = "owner"
    STAFF = "staff"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works for a vendor; without a password they were only invited."""

    id: int
    role: str
    is_active: bool
    has_password: bool

    @property
    def can_run_the_shop(self) -> bool:
        """Whether they can sign in as an owner."""
        return self.role == StaffRole.OWNER and self.is_active and self.has_password


def check_may_change(role: str) -> None:
    """Raise Forbidden for somebody who may only look."""
    if role == StaffRole.VIEWER:
        raise Forbidden("You may look at everything and change nothing; the owner of the shop decides that.")


def check_owner(role: str) -> None:
    """Raise Forbidden for everybody but the owners."""
    if role != StaffRole.OWNER:
        raise Forbidden("Only the owner of the shop may do this.")


def check_owner_remains(before: Iterable[Person], after: Iterable[Person]) -> None:
    """Raise LastOwner where a change would leave nobody who can sign in as an owner."""
    if any(one.can_run_the_shop for one in before) and not any(one.can_run_the_shop for one in after):
        raise LastOwner("This is the last owner who can sign in; make somebody else an owner first.")


def link_lifetime(password_hash: str | None) -> timedelta:
    """How long a link can be used: an invitation, for whoever has no password, or one for a new one."""
    return INVITATION_LIFETIME if password_hash is None else PASSWORD_LIFETIME


def staff_token(
    links: Links, *, vendor_id: int, user_id: int, password_hash: str | None, asked_at: datetime
) -> str:
    """The token by which somebody who works for a vendor sets a password.

    It is bound to the present password, or to there being none, so that using it ends it.
    """
    bound_to = links.fingerprint(password_hash or "")
    expires_at = asked_at + link_lifetime(password_hash)
    return links.sign(Link(LinkPurpose.STAFF, vendor_id, user_id, expires_at, bound_to=bound_to))


def check_staff_link(links: Links, link: Link, *, password_hash: str | None, is_active: bool) -> None:
    """Raise LinkInvalid for a link of somebody who has another password by now, or left."""
    if not is_active or link.bound_to != links.fingerprint(password_hash or ""):
        raise LinkInvalid("This link was used, or a newer one was.")
