"""Sending the e-mails of an order, each of them once."""

import re

from sqlalchemy import BigInteger, Text, TextClause, bindparam, text
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.emails.disputes import with_dispute
from activities.emails.facts import EmailKind, OrderFacts, RenderedEmail
from activities.emails.links import EmailLinks
from activities.emails.loading import load_order
from activities.emails.messages import with_message
from activities.emails.rendering import render
from activities.errors import at_the_boundary
from activities.gateways.mail import MailError, MailGateway, MailRejected, OutgoingEmail
from activities.messages import SendEmail, SendEmails
from db.direct import Direct
from db.session import Database
from domain.lifecycle import PaymentStatus

PLATFORM_NAME = "Orion"

_WHICH = (bindparam("order_id", type_=BigInteger), bindparam("email_key", type_=Text))
_TEXTS = ("kind", "recipient", "subject", "message_id")

# A repeat may find another address or wording than the first attempt did. Answers nothing once it was sent.
_BEGIN = text("""
    INSERT INTO emails (vendor_id, order_id, email_key, kind, recipient, subject, message_id)
    VALUES (:vendor_id, :order_id, :email_key, :kind, :recipient, :subject, :message_id)
    ON CONFLICT (order_id, email_key) DO UPDATE
    SET recipient = excluded.recipient, subject = excluded.subject WHERE emails.sent_at IS NULL
    RETURNING id
""").bindparams(
    *_WHICH, bindparam("vendor_id", type_=BigInteger), *(bindparam(name, type_=Text) for name in _TEXTS)
)
_NOTE_SENT = text("""
    UPDATE emails SET sent_at = now() WHERE order_id = :order_id AND email_key = :email_key
""").bindparams(*_WHICH)
_NOTE_REFUSED = text("""
    UPDATE emails SET failure = :failure WHERE order_id = :order_id AND email_key = :email_key
""").bindparams(*_WHICH, bindparam("failure", type_=Text))


class EmailActivities:
    """E-mails about orders, sent from the address `mail_from`."""

    def __init__(self, database: Database, mail: MailGateway, *, mail_from: str, links: EmailLinks) -> None:
        self._database = database
        self._mail = mail
        self._mail_domain = mail_from.rpartition("@")[2]
        self._links = links

    @activity.defn(name="send_email")
    @at_the_boundary
    async def send_email(self, given: SendEmail) -> None:
        """Send an e-mail unless it was sent before.

        Between the mail server's word and our note of it a crash makes it go out again: with the same
        Message-ID, by which the repeat can be recognised. Fails as `email_rejected`, which is final, or as
        `mail_unavailable`.
        """
        async with self._database.direct(given.vendor_id) as direct:
            email = await self._prepare(direct, given)
        if email is not None:
            await self._send(given, email)

    @activity.defn(name="send_emails")
    @at_the_boundary
    async def send_emails(self, given: SendEmails) -> None:
        """Send several e-mails of a vendor, each as `send_email` does; one that is refused for good holds up
        none.

        Fails as `email_rejected` when that happened, once the others are sent.
        """
        rejected: ApplicationError | None = None
        async with self._database.direct(given.emails[0].vendor_id) as direct:
            prepared = [(each, await self._prepare(direct, each)) for each in given.emails]
        for each, email in prepared:
            if email is None:
                continue
            try:
                await self._send(each, email)
            except ApplicationError as error:
                if not error.non_retryable:
                    raise
                rejected = rejected or error
        if rejected is not None:
            raise rejected

    async def _send(self, given: SendEmail, email: OutgoingEmail) -> None:
        try:
            await self._mail.send(email)
        except MailError as error:
            if isinstance(error, MailRejected):
                await self._note(given, _NOTE_REFUSED, failure=str(error))
            raise failure(error) from None
        await self._note(given, _NOTE_SENT)

    async def _prepare(self, direct: Direct, given: SendEmail) -> OutgoingEmail | None:
        """Note that the e-mail is to be sent; None when it was sent, or has nothing to say any more."""
        kind = EmailKind(given.kind)
        about = given.about or given.email_key
        order = await load_order(direct, given.order_id, about)
        if kind.about_dispute:
            order = await with_dispute(direct, order, about)
        if kind.about_message:
            order = await with_message(direct, order, about)
        if _is_outdated(kind, order):
            return None
        rendered = render(kind, order, self._links)
        email = _addressed(kind, order, rendered, message_id(given, self._mail_domain))
        written = {
            "vendor_id": given.vendor_id,
            "order_id": given.order_id,
            "email_key": given.email_key,
            "kind": kind,
            "recipient": email.to,
            "subject": email.subject,
            "message_id": email.message_id,
        }
        return None if await direct.find(_BEGIN, written) is None else email

    async def _note(self, given: SendEmail, what: TextClause, **outcome: str) -> None:
        which = {"order_id": given.order_id, "email_key": given.email_key}
        async with self._database.direct(given.vendor_id) as direct:
            await direct.all(what, which | outcome)


def message_id(given: SendEmail, domain: str) -> str:
    """The same for every attempt at this e-mail: `<acme-20261122-00042.order_shipped@orion.example>`."""
    left = re.sub(r"[^a-z0-9._-]+", "-", f"{given.order_number}.{given.email_key}".lower())
    return f"<{left}@{domain.lower()}>"


def _addressed(kind: EmailKind, order: OrderFacts, rendered: RenderedEmail, identity: str) -> OutgoingEmail:
    """Between customer and shop: each answers to the other."""
    to_vendor = kind.to_vendor
    return OutgoingEmail(
        to=order.shop.contact_email if to_vendor else order.customer.email,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        message_id=identity,
        sender_name=PLATFORM_NAME if to_vendor else order.shop.name,
        reply_to=order.customer.email if to_vendor else order.shop.contact_email,
    )


def _is_outdated(kind: EmailKind, order: OrderFacts) -> bool:
    """Whether nobody can act on it any more.

    Asking to pay again is over once the order is paid or cancelled, and so is asking to ship it in time.
    """
    if kind == EmailKind.VENDOR_CAPTURE_DUE:
        return not order.is_authorized
    waiting = {PaymentStatus.PENDING, PaymentStatus.FAILED}
    return kind == EmailKind.PAYMENT_FAILED and order.payment_status not in waiting


def failure(error: MailError) -> ApplicationError:
    """What a mail server did not take, as an activity's failure; its text has no address."""
    if isinstance(error, MailRejected):
        return ApplicationError(
            str(error), {"reply_code": error.reply_code}, type="email_rejected", non_retryable=True
        )
    return ApplicationError(str(error), {"reply_code": error.reply_code}, type="mail_unavailable")
