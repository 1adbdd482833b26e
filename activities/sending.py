"""Sending the e-mails of an order, each of them once."""

import asyncio
import math
import re
from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, text
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

# A third of the workflow tasks that a worker has in hand at a time, by the SDK's default.
_AT_ONCE = 32
# Seconds in which a message is on its way or given up, as its step holds up what is asked of the order
# meanwhile; and how long nothing is tried at once when a step took longer.
_PATIENCE, _PAUSE = 2.0, 10.0
_TEXTS = ("email_key", "kind", "recipient", "subject", "message_id")

# A repeat may find another address or wording than the first attempt did. Answers nothing of what was sent.
_BEGIN = text("""
    INSERT INTO emails (vendor_id, order_id, email_key, kind, recipient, subject, message_id)
    SELECT :vendor_id, :order_id, *
    FROM unnest(:email_key, :kind, :recipient, :subject, :message_id)
    ON CONFLICT (order_id, email_key) DO UPDATE
    SET recipient = excluded.recipient, subject = excluded.subject WHERE emails.sent_at IS NULL
    RETURNING id, email_key
""").bindparams(
    *(bindparam(name, type_=BigInteger) for name in ("vendor_id", "order_id")),
    *(bindparam(name, type_=ARRAY(Text)) for name in _TEXTS),
)
# The order, too: PostgreSQL may give the id of a row that it lost in a crash to another order's e-mail.
_NOTE_SENT = "UPDATE emails SET sent_at = now() WHERE id = {email_id:d} AND order_id = {order_id:d}"
_NOTE_REFUSED = text("UPDATE emails SET failure = :failure WHERE id = :email_id RETURNING id").bindparams(
    bindparam("email_id", type_=BigInteger), bindparam("failure", type_=Text)
)


class EmailActivities:
    """E-mails about orders, sent from the address `mail_from`."""

    def __init__(self, database: Database, mail: MailGateway, *, mail_from: str, links: EmailLinks) -> None:
        self._database = database
        self._mail = mail
        self._mail_domain = mail_from.rpartition("@")[2]
        self._links = links
        self._under_way = 0
        self._slow_until = -math.inf

    @activity.defn(name="send_email")
    @at_the_boundary
    async def send_email(self, given: SendEmail) -> None:
        """Send an e-mail unless it was sent before.

        Between the mail server's word and our note of it a crash makes it go out again: with the same
        Message-ID, by which the repeat can be recognised. Fails as `email_rejected`, which is final, or as
        `mail_unavailable`.
        """
        await self._send_all(SendEmails((given,)))

    @activity.defn(name="send_emails")
    @at_the_boundary
    async def send_emails(self, given: SendEmails) -> None:
        """Send several e-mails of an order, each as `send_email` does; one that is refused for good holds up
        none.

        Fails as `email_rejected` when that happened, once the others are sent.
        """
        await self._send_all(given)

    @activity.defn(name="send_emails_at_once")
    @at_the_boundary
    async def send_emails_at_once(self, given: SendEmails) -> bool:
        """As `send_emails`, for a step that holds up its workflow's task: False where nothing was begun.

        That is while many are under way, and for a while after some were slow. What the server has not begun
        to take in two seconds fails as `mail_unavailable`, and has not gone out.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        if self._under_way >= _AT_ONCE or began < self._slow_until:
            return False
        self._under_way += 1
        try:
            await self._send_all(given, until=began + _PATIENCE)
        finally:
            self._under_way -= 1
            if clock() - began > _PATIENCE:
                self._slow_until = clock() + _PAUSE
        return True

    async def _send_all(self, given: SendEmails, *, until: float | None = None) -> None:
        rejected: ApplicationError | None = None
        emails = await self._prepare(given.emails)
        for number, (email_id, email) in enumerate(emails, start=1):
            try:
                await self._send(given.emails[0], email_id, email, last=number == len(emails), until=until)
            except ApplicationError as error:
                if not error.non_retryable:
                    raise
                rejected = rejected or error
        if rejected is not None:
            raise rejected

    async def _send(
        self, about: SendEmail, email_id: int, email: OutgoingEmail, *, last: bool, until: float | None
    ) -> None:
        """Send one e-mail of a step about an order, and note it; given up if not on its way `until` then.

        Only the note of the `last` one waits for the disk, and takes the others there with it: a step that is
        not over is done again anyway.
        """
        within = None if until is None else max(0.0, until - asyncio.get_running_loop().time())
        try:
            await self._mail.send(email, begin_within=within)
        except MailError as error:
            if isinstance(error, MailRejected):
                async with self._database.direct(about.vendor_id) as direct:
                    await direct.one(_NOTE_REFUSED, {"email_id": email_id, "failure": str(error)})
            raise failure(error) from None
        await self._database.do_at_once(
            about.vendor_id, _NOTE_SENT, flushed=last, email_id=email_id, order_id=about.order_id
        )

    async def _prepare(self, given: Sequence[SendEmail]) -> list[tuple[int, OutgoingEmail]]:
        """Note that an order's e-mails are to be sent; without those that were, or have nothing to say any
        more.
        """
        wanted = {each.email_key: each for each in given}
        orders: dict[str, OrderFacts] = {}
        # What is noted here binds nobody: lost with PostgreSQL, it is noted again by the next attempt.
        async with self._database.direct(given[0].vendor_id, flushed=False) as direct:
            emails = {
                key: (each, email)
                for key, each in wanted.items()
                if (email := await self._write(direct, each, orders)) is not None
            }
            unsent = await direct.all(_BEGIN, _written(list(emails.values()))) if emails else ()
        ids = {row.email_key: row.id for row in unsent}
        return [(ids[key], email) for key, (_, email) in emails.items() if key in ids]

    async def _write(
        self, direct: Direct, given: SendEmail, orders: dict[str, OrderFacts]
    ) -> OutgoingEmail | None:
        """The e-mail as it is now; None when it has nothing to say any more.

        `orders` are those loaded already, by the refund that they are about.
        """
        kind = EmailKind(given.kind)
        about = given.about or given.email_key
        refund_key = about.partition(":")[2]
        order = orders.get(refund_key)
        if order is None:
            order = orders[refund_key] = await load_order(direct, given.order_id, refund_key)
        if kind.about_dispute:
            order = await with_dispute(direct, order, about)
        if kind.about_message:
            order = await with_message(direct, order, about)
        if _is_outdated(kind, order):
            return None
        rendered = render(kind, order, self._links)
        return _addressed(kind, order, rendered, message_id(given, self._mail_domain))


def _written(emails: Sequence[tuple[SendEmail, OutgoingEmail]]) -> dict[str, object]:
    """The rows of an order's e-mails, as `_BEGIN` takes them."""
    return {
        "vendor_id": emails[0][0].vendor_id,
        "order_id": emails[0][0].order_id,
        "email_key": [given.email_key for given, _ in emails],
        "kind": [given.kind for given, _ in emails],
        "recipient": [email.to for _, email in emails],
        "subject": [email.subject for _, email in emails],
        "message_id": [email.message_id for _, email in emails],
    }


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
