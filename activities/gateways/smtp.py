"""Any SMTP server as the mail server."""

import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

import aiosmtplib

from activities.gateways.mail import MailRejected, MailUnavailable, OutgoingEmail

_IMPLICIT_TLS = 465  # RFC 8314, section 7.3
_AUTHENTICATION_CODES = frozenset({530, 534, 535, 538})  # RFC 4954, section 6
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
# RFC 5321, section 4.1.2, with RFC 6531's letters and without quoted strings.
_LOCAL_PART = re.compile(r"[^\s()<>@,;:\\\".\[\]]+(?:\.[^\s()<>@,;:\\\".\[\]]+)*")
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*")
# RFC 3463: 5.7.x is about who may send, which is ours to settle and no fault of the recipient's.
_POLICY = re.compile(r"5\.7\.\d")


class SmtpMail:
    """The MailGateway over SMTP, one connection for each message; `timeout` is seconds for each step of it.

    `starttls` requires an encrypted connection and a valid certificate; port 465 is encrypted from the start.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        starttls: bool,
        mail_from: str,
        timeout: float = 20.0,
    ) -> None:
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._starttls = starttls
        self._sender = _address(mail_from)
        self._timeout = timeout

    async def send(self, email: OutgoingEmail) -> None:
        """See MailGateway."""
        recipient = _address(email.to)
        message = self._message(email, recipient)
        implicit_tls = self._port == _IMPLICIT_TLS
        try:
            await aiosmtplib.send(
                message,
                sender=self._sender.addr_spec,
                recipients=[recipient.addr_spec],
                hostname=self._host,
                port=self._port,
                username=self._username,
                password=self._password,
                use_tls=implicit_tls,
                start_tls=self._starttls and not implicit_tls,
                timeout=self._timeout,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _as_mail_error(error) from None

    def _message(self, email: OutgoingEmail, recipient: Address) -> EmailMessage:
        if not _MESSAGE_ID.fullmatch(email.message_id):
            raise ValueError("A Message-ID has the form <left@domain>.")
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = Address(_line(email.sender_name), self._sender.username, self._sender.domain)
        message["To"] = recipient
        if email.reply_to is not None:
            message["Reply-To"] = _address(email.reply_to)
        message["Subject"] = _line(email.subject)
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = email.message_id
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        message.set_content(email.text, cte="quoted-printable")
        message.add_alternative(email.html, subtype="html", cte="quoted-printable")
        return message


def _line(text: str) -> str:
    """`text` as one line, so that no header can be smuggled in."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _address(text: str) -> Address:
    """`local@domain`, the domain in its ASCII form. Raises MailRejected for anything else.

    The standard library's own parser breaks on some of what people can type.
    """
    local, _, domain = text.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise MailRejected("An address is malformed.") from None
    if not (_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain) and text.isprintable()):
        raise MailRejected("An address is malformed.")
    return Address(username=local, domain=domain)


def _as_mail_error(error: Exception) -> MailRejected | MailUnavailable:
    """Servers quote addresses in their replies, so only the code is kept."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        refused = error.recipients[0]
        if _is_final(refused) and not _POLICY.match(refused.message):
            return MailRejected(f"The mail server refused the recipient ({refused.code}).", refused.code)
        return MailUnavailable(f"The mail server put the recipient off ({refused.code}).", refused.code)
    if isinstance(error, aiosmtplib.SMTPDataError) and _is_final(error):
        return MailRejected(f"The mail server refused the content ({error.code}).", error.code)
    if isinstance(error, aiosmtplib.SMTPNotSupported) and "SMTPUTF8" in error.message:
        return MailRejected("The mail server cannot write to an address outside ASCII.")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return MailUnavailable(f"The mail server answered {error.code}.", error.code)
    return MailUnavailable(f"The mail server could not be used ({type(error).__name__}).")


def _is_final(reply: aiosmtplib.SMTPResponseException) -> bool:
    return 500 <= reply.code < 600 and reply.code not in _AUTHENTICATION_CODES
