"""The e-mail with a link for a new password to an admin of the platform."""

from datetime import datetime
from typing import NamedTuple

from activities.emails.facts import RenderedEmail
from activities.emails.links import EmailLinks
from activities.emails.rendering import render_templates
from domain.admins import LINK_LIFETIME


class Sender(NamedTuple):
    """Whose e-mail it is, named as the mails' frame names a shop."""

    name: str


PLATFORM = Sender("Orion")
_TEMPLATES = "admin_password"


def render_admin(
    *, admin_id: int, password_hash: str, links: EmailLinks, asked_at: datetime
) -> RenderedEmail:
    """The e-mail with the link."""
    given = {
        "shop": PLATFORM,
        "link": links.set_admin_password(admin_id=admin_id, password_hash=password_hash, asked_at=asked_at),
        "valid_until": asked_at + LINK_LIFETIME,
    }
    return render_templates(_TEMPLATES, given)
