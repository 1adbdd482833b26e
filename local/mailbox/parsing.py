"""Reading an RFC 5322 message, however badly it is formed."""

import codecs
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32

# Codecs of Python's own that no sender can mean, and that are slow or warn on bad input.
_NOT_CHARSETS = {"unicode-escape", "raw-unicode-escape", "idna", "punycode"}


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """What a reader sees of a message: decoded text, line ends as plain newlines."""

    message_id: str | None
    subject: str
    sender: str
    text: str
    html: str | None
    headers: tuple[tuple[str, str], ...]


def parse(raw: bytes) -> ParsedMessage:
    """Decode `raw`; what cannot be decoded is shown as replacement characters, never refused."""
    try:
        message = message_from_bytes(raw, policy=compat32)
        bodies = _bodies(message)
    except RecursionError:  # parts nested a thousand deep: show the source
        return ParsedMessage(None, "", "", _decode(raw, "utf-8"), None, ())
    headers = tuple((_clean(name), _header_text(str(value))) for name, value in message.raw_items())
    first = {name.lower(): value for name, value in reversed(headers)}
    return ParsedMessage(
        message_id=first.get("message-id") or None,
        subject=first.get("subject", ""),
        sender=first.get("from", ""),
        text=bodies.get("text/plain", ""),
        html=bodies.get("text/html"),
        headers=headers,
    )


def _bodies(message: Message) -> dict[str, str]:
    """Return the first inline part of each text type."""
    bodies: dict[str, str] = {}
    for part in message.walk():
        kind = part.get_content_type()
        if kind not in {"text/plain", "text/html"} or part.is_multipart() or kind in bodies:
            continue
        if part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            bodies[kind] = _decode(payload, part.get_content_charset("utf-8"))
    return bodies


def _header_text(value: str) -> str:
    """Decode RFC 2047 words and unfold; bytes outside ASCII are taken as UTF-8 (RFC 6532)."""
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = text.replace("\r", "").replace("\n", "")
    if "=?" not in text:
        return _clean(text).strip()
    try:
        words = decode_header(text)
    except (HeaderParseError, ValueError):
        return _clean(text).strip()
    return "".join(
        word if isinstance(word, str) else _decode(word, charset or "utf-8") for word, charset in words
    ).strip()


def _decode(data: bytes, charset: str) -> str:
    try:
        if codecs.lookup(charset).name in _NOT_CHARSETS:
            charset = "utf-8"
        text = data.decode(charset, "replace")
    except (LookupError, ValueError):  # an unknown charset, or one that is no text encoding
        text = data.decode("utf-8", "replace")
    return _clean(text.replace("\r\n", "\n"))


def _clean(text: str) -> str:
    """Drop what neither SQLite text nor JSON can carry: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
