"""Accounts: the link by which somebody proves an e-mail address and sets a password, once."""

from datetime import datetime, timedelta

from domain.errors import LinkInvalid
from domain.links import Link, LinkPurpose, Links

LINK_LIFETIME = timedelta(hours=24)


def account_token(
    links: Links, *, vendor_id: int, customer_id: int, password_hash: str | None, asked_at: datetime
) -> str:
    """The token for setting a customer's password, or for making a guest an account.

    It is bound to the present password, or to there being none, so that using it ends it.
    """
    bound_to = links.fingerprint(password_hash or "")
    return links.sign(
        Link(LinkPurpose.ACCOUNT, vendor_id, customer_id, asked_at + LINK_LIFETIME, bound_to=bound_to)
    )


def check_unused(links: Links, link: Link, *, password_hash: str | None, account_id: int | None) -> None:
    """Raise LinkInvalid for a link whose customer has another password by now, or became an account."""
    if account_id is not None or link.bound_to != links.fingerprint(password_hash or ""):
        raise LinkInvalid("This link was used, or a newer one was.")
