"""Sending somebody who works for a vendor the link by which they set a password."""

from datetime import UTC, datetime

from temporalio import activity

from activities.account_messages import SendStaffLink
from activities.emails.links import EmailLinks
from activities.emails.staff import load_person, render_person
from activities.errors import at_the_boundary
from activities.gateways.mail import MailError, MailGateway, OutgoingEmail
from activities.sending import failure
from db.session import Database
from domain.staff import link_lifetime


class StaffLinkActivities:
    """E-mails to the people who work for vendors, sent from the address `mail_from`."""

    def __init__(self, database: Database, mail: MailGateway, *, mail_from: str, links: EmailLinks) -> None:
        self._database = database
        self._mail = mail
        self._mail_domain = mail_from.rpartition("@")[2].lower()
        self._links = links

    @activity.defn(name="send_staff_link")
    @at_the_boundary
    async def send_staff_link(self, given: SendStaffLink) -> None:
        """Send the link while it is still valid; a repeat has the same Message-ID.

        Somebody who left meanwhile gets none. Fails as `vendor_user_not_found` or `email_rejected`, which
        are final, or as `mail_unavailable`.
        """
        async with self._database.reading(given.vendor_id) as session:
            person = await load_person(session, given.user_id)
        if given.asked_at + link_lifetime(person.password_hash) <= datetime.now(UTC):
            return
        rendered = render_person(person, self._links, asked_at=given.asked_at)
        moment = int(given.asked_at.timestamp() * 1000)
        email = OutgoingEmail(
            to=person.customer.email,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            message_id=f"<staff-link.{given.vendor_id}.{given.user_id}.{moment}@{self._mail_domain}>",
            sender_name=person.shop.name,
            reply_to=person.shop.contact_email,
        )
        try:
            await self._mail.send(email)
        except MailError as error:
            raise failure(error) from None
