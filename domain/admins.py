"""The platform's admins: the link by which one who forgot their password sets a new one, once."""

from datetime import datetime, timedelta

from domain.errors import LinkInvalid
from domain.links import Link, LinkPurpose, Links

# It opens every shop, so it is for whoever asked just now.
LINK_LIFETIME = timedelta(hours=1)
_NO_VENDOR = 0


def admin_token(links: Links, *, admin_id: int, password_hash: str, asked_at: datetime) -> str:
    """The token by which an admin sets a new password; bound to the present one, so that using it ends it."""
    bound_to = links.fingerprint(password_hash)
    expires_at = asked_at + LINK_LIFETIME
    return links.sign(Link(LinkPurpose.ADMIN, _NO_VENDOR, admin_id, expires_at, bound_to=bound_to))


def check_admin_link(links: Links, link: Link, *, password_hash: str) -> None:
    """Raise LinkInvalid for the link of an admin who has another password by now."""
    if link.bound_to != links.fingerprint(password_hash):
        raise LinkInvalid("This link was used, or a newer one was.")
