"""Sending one of the platform's admins the link by which they set a new password."""

from datetime import UTC, datetime

from temporalio import activity

from activities.account_messages import SendAdminLink
from activities.emails.admins import PLATFORM, render_admin
from activities.emails.links import EmailLinks
from activities.errors import at_the_boundary
from activities.gateways.mail import MailError, MailGateway, OutgoingEmail
from activities.sending import failure
from db.queries.admins import get_admin
from db.session import Database
from domain.admins import LINK_LIFETIME
from domain.errors import AdminNotFound


class AdminLinkActivities:
    """E-mails to the platform's admins, sent from the address `mail_from`."""

    def __init__(self, database: Database, mail: MailGateway, *, mail_from: str, links: EmailLinks) -> None:
        self._database = database
        self._mail = mail
        self._mail_domain = mail_from.rpartition("@")[2].lower()
        self._links = links

    @activity.defn(name="send_admin_link")
    @at_the_boundary
    async def send_admin_link(self, given: SendAdminLink) -> None:
        """Send the link while it is still valid; a repeat has the same Message-ID.

        Fails as `admin_not_found` or `email_rejected`, which are final, or as `mail_unavailable`.
        """
        if given.asked_at + LINK_LIFETIME <= datetime.now(UTC):
            return
        async with self._database.platform() as session:
            admin = await get_admin(session, admin_id=given.admin_id)
        if admin is None:
            raise AdminNotFound("There is no such admin.")
        rendered = render_admin(
            admin_id=admin.id, password_hash=admin.password_hash, links=self._links, asked_at=given.asked_at
        )
        moment = int(given.asked_at.timestamp() * 1000)
        email = OutgoingEmail(
            to=admin.email,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            message_id=f"<admin-link.{admin.id}.{moment}@{self._mail_domain}>",
            sender_name=PLATFORM.name,
        )
        try:
            await self._mail.send(email)
        except MailError as error:
            raise failure(error) from None
