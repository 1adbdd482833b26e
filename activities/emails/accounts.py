"""The e-mails with a link for a password: to an account, and to a guest who has none yet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from activities.emails.facts import PersonFacts, RenderedEmail, ShopFacts
from activities.emails.formatting import one_line
from activities.emails.links import EmailLinks
from activities.emails.rendering import render_templates
from domain.accounts import LINK_LIFETIME
from domain.errors import CustomerNotFound

# A guest who became an account meanwhile gets the account's link.
_PERSON = text("""
    SELECT c.id, c.vendor_id, c.first_name, c.last_name, c.email, c.password_hash, v.name, v.contact_email
    FROM customers asked
    JOIN customers c ON c.id = coalesce(asked.account_id, asked.id)
    JOIN vendors v ON v.id = c.vendor_id
    WHERE asked.id = :customer_id
""").bindparams(bindparam("customer_id", type_=BigInteger))


class AccountEmailKind(StrEnum):
    """Each has its templates under this name."""

    NEW_PASSWORD = "account_password"  # noqa: S105 -- a template's name
    NEW_ACCOUNT = "account_invitation"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Who gets a link: `password_hash` is None for a guest."""

    vendor_id: int
    customer_id: int
    shop: ShopFacts
    customer: PersonFacts
    password_hash: str | None

    @property
    def kind(self) -> AccountEmailKind:
        """Which of the e-mails they get."""
        guest = self.password_hash is None
        return AccountEmailKind.NEW_ACCOUNT if guest else AccountEmailKind.NEW_PASSWORD


async def load_account(session: AsyncSession, customer_id: int) -> AccountFacts:
    """Who asked for a link. Raises CustomerNotFound."""
    row = (await session.execute(_PERSON, {"customer_id": customer_id})).one_or_none()
    if row is None:
        raise CustomerNotFound("There is no such customer.")
    return AccountFacts(
        vendor_id=row.vendor_id,
        customer_id=row.id,
        shop=ShopFacts(one_line(row.name), row.contact_email),
        customer=PersonFacts(one_line(row.first_name), one_line(row.last_name), row.email),
        password_hash=row.password_hash,
    )


def render_account(account: AccountFacts, links: EmailLinks, *, asked_at: datetime) -> RenderedEmail:
    """The e-mail with the link."""
    link = links.set_password(
        vendor_id=account.vendor_id,
        customer_id=account.customer_id,
        password_hash=account.password_hash,
        asked_at=asked_at,
    )
    given = {
        "shop": account.shop,
        "customer": account.customer,
        "link": link,
        "valid_until": asked_at + LINK_LIFETIME,
    }
    return render_templates(account.kind, given)
