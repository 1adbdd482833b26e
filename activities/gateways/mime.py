"""An e-mail as the bytes that SMTP carries (RFC 5322, RFC 2045)."""

import base64
import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import lru_cache

from activities.gateways.mail import MailRejected, OutgoingEmail

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
# RFC 5321, section 4.1.2, with RFC 6531's letters and without quoted strings.
_LOCAL_PART = re.compile(r"[^\s()<>@,;:\\\".\[\]]+(?:\.[^\s()<>@,;:\\\".\[\]]+)*")
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*")
_PRINTABLE = re.compile(r"[ -~]*")
_LONGEST_LINE = 78  # RFC 5322, section 2.1.1
# No base64 has "=_" in it (RFC 2045, section 6.7), so no body can end its part.
_BOUNDARY = b"=_orion"
_TOP = (
    b"Auto-Submitted: auto-generated\r\n"  # RFC 3834: no out-of-office answers
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n\r\n'
)


def address(text: str) -> Address:
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


def as_mime(email: OutgoingEmail, sender: Address, recipient: Address, *, utf8: bool) -> bytes:
    """The whole message; its headers are ASCII unless `utf8` lets them be more (RFC 6532).

    Raises MailRejected for a malformed `reply_to`, ValueError for a malformed Message-ID.
    """
    if not _MESSAGE_ID.fullmatch(email.message_id):
        raise ValueError("A Message-ID has the form <left@domain>.")
    reply_to = b"" if email.reply_to is None else _header("Reply-To", str(address(email.reply_to)), utf8=utf8)
    return b"".join(
        (
            _from(_line(email.sender_name), sender.username, sender.domain, utf8=utf8),
            _header("To", str(recipient), utf8=utf8),
            reply_to,
            _header("Subject", _line(email.subject), utf8=utf8),
            _header("Date", format_datetime(datetime.now(UTC)), utf8=utf8),
            _header("Message-ID", email.message_id, utf8=utf8),
            _TOP,
            _part(b"plain", email.text),
            _part(b"html", email.html),
            b"--" + _BOUNDARY + b"--\r\n",
        )
    )


@lru_cache(maxsize=1024)
def _from(name: str, local: str, domain: str, *, utf8: bool) -> bytes:
    """Kept, because a shop writes many e-mails and its name is often one that takes long to encode."""
    return _header("From", str(Address(name, local, domain)), utf8=utf8)


def _header(name: str, value: str, *, utf8: bool) -> bytes:
    """One header; the standard library, which takes a hundred times as long, only where it is needed."""
    plain = f"{name}: {value}\r\n"
    if len(plain) <= _LONGEST_LINE + 2 and _PRINTABLE.fullmatch(value) and "=?" not in value:
        return plain.encode("ascii")
    policy = SMTPUTF8 if utf8 else SMTP
    folded: str = policy.header_factory(name, value).fold(policy=policy)
    return folded.encode("utf-8")


def _part(subtype: bytes, text: str) -> bytes:
    """One wording of the message. In base64, because C writes it; quoted-printable is written in Python."""
    # RFC 2046, section 4.1.1: a text's lines end with CRLF inside the encoding too.
    lines = b"\r\n".join([*text.encode("utf-8").splitlines(), b""])
    return b"".join(
        (
            b"--" + _BOUNDARY + b"\r\nContent-Type: text/" + subtype + b'; charset="utf-8"\r\n',
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            base64.encodebytes(lines).replace(b"\n", b"\r\n"),
        )
    )


def _line(text: str) -> str:
    """`text` as one line, so that no header can be smuggled in."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
