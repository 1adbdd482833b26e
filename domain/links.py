"""Signed links: what a link in an e-mail may open, and until when, so that nobody can make one up."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from domain.errors import LinkExpired, LinkInvalid

MAX_TOKEN_LENGTH = 512


class LinkPurpose(StrEnum):
    """What a link opens; a token of one purpose is worth nothing for another."""

    TRACK = "track"
    ACCOUNT = "account"
    STAFF = "staff"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says: `subject_id` is the id of the order, the customer, the vendor's user or the admin.

    `vendor_id` is 0 for admins, who belong to no vendor. `bound_to` is the fingerprint of a state that the
    link is meant for, where it ends with that state.
    """

    purpose: LinkPurpose
    vendor_id: int
    subject_id: int
    expires_at: datetime
    bound_to: str = ""


class Links:
    """Signs and reads the tokens of one secret.

    A token is what it says as JSON and its HMAC-SHA256, both in URL-safe base64: signed, not secret, so it
    holds ids and never anything about a person (https://www.rfc-editor.org/rfc/rfc2104).
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, link: Link) -> str:
        """The token that says so; the same for the same link, to the second of its expiry."""
        said = [
            str(link.purpose),
            link.vendor_id,
            link.subject_id,
            int(link.expires_at.timestamp()),
            link.bound_to,
        ]
        content = _encoded(json.dumps(said, separators=(",", ":")).encode())
        return f"{content}.{self._signature(content)}"

    def read(self, token: str, purpose: LinkPurpose, now: datetime) -> Link:
        """What a token of ours says.

        Raises LinkInvalid for one that is forged, damaged or of another purpose, and LinkExpired.
        """
        content, _, signature = token.partition(".")
        if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
            raise _invalid()
        # Compared as text: base64 has several spellings of the same bytes, and only ours is right.
        if not hmac.compare_digest(signature, self._signature(content)):
            raise _invalid()
        link = _decoded(content)
        if link.purpose != purpose:
            raise _invalid()
        if link.expires_at <= now:
            raise LinkExpired("This link is no longer valid.")
        return link

    def fingerprint(self, state: str) -> str:
        """A keyed hash of a state that must not be read from the token, such as a password's hash."""
        return _encoded(hmac.new(self._secret, b"state:" + state.encode(), hashlib.sha256).digest()[:16])

    def _signature(self, content: str) -> str:
        return _encoded(hmac.new(self._secret, b"link:" + content.encode(), hashlib.sha256).digest())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(content: str) -> Link:
    """What a content of ours says. Raises LinkInvalid for one of another release's form."""
    try:
        purpose, vendor_id, subject_id, expires, bound_to = json.loads(
            base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
        )
        return Link(
            LinkPurpose(purpose), vendor_id, subject_id, datetime.fromtimestamp(expires, UTC), bound_to
        )
    except (binascii.Error, ValueError, TypeError):
        raise _invalid() from None


def _invalid() -> LinkInvalid:
    return LinkInvalid("This link is not valid.")
