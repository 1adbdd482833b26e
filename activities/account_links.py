"""Sending somebody the link by which they set a password."""

from datetime import UTC, datetime

from temporalio import activity

from activities.account_messages import SendAccountLink
from activities.emails.accounts import load_account, render_account
from activities.emails.links import EmailLinks
from activities.errors import at_the_boundary
from activities.gateways.mail import MailError, MailGateway, OutgoingEmail
from activities.sending import failure
from db.session import Database
from domain.accounts import LINK_LIFETIME


class AccountLinkActivities:
    """E-mails about accounts, sent from the address `mail_from`.

    They belong to no order and leave no row: who asked and what became of it is in Temporal.
    """

    def __init__(self, database: Database, mail: MailGateway, *, mail_from: str, links: EmailLinks) -> None:
        self._database = database
        self._mail = mail
        self._mail_domain = mail_from.rpartition("@")[2].lower()
        self._links = links

    @activity.defn(name="send_account_link")
    @at_the_boundary
    async def send_account_link(self, given: SendAccountLink) -> None:
        """Send the link while it is still valid; a repeat has the same Message-ID.

        The link is made here, so that it is in no history. Fails as `customer_not_found` or
        `email_rejected`, which are final, or as `mail_unavailable`.
        """
        if given.asked_at + LINK_LIFETIME <= datetime.now(UTC):
            return
        async with self._database.reading(given.vendor_id) as session:
            account = await load_account(session, given.customer_id)
        rendered = render_account(account, self._links, asked_at=given.asked_at)
        email = OutgoingEmail(
            to=account.customer.email,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            message_id=account_message_id(given, self._mail_domain),
            sender_name=account.shop.name,
            reply_to=account.shop.contact_email,
        )
        try:
            await self._mail.send(email)
        except MailError as error:
            raise failure(error) from None


def account_message_id(given: SendAccountLink, domain: str) -> str:
    """The same for every attempt at this e-mail."""
    moment = int(given.asked_at.timestamp() * 1000)
    return f"<account-link.{given.vendor_id}.{given.customer_id}.{moment}@{domain}>"
