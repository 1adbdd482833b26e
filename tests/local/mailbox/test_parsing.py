"""Reading messages, well formed and not."""

import json

from hypothesis import given
from hypothesis import strategies as st

from local.mailbox.parsing import parse


def test_parse_decodes_header_words_and_folding() -> None:
    raw = b"Subject: =?utf-8?Q?Caf=C3=A9?=\r\n =?iso-8859-1?Q?_cr=E8me?=\r\n\r\n"

    assert parse(raw).subject == "Café crème"


def test_parse_takes_raw_utf8_headers() -> None:
    assert parse("Subject: Größe\r\n\r\n".encode()).subject == "Größe"


def test_parse_skips_attachments() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nfile\r\n"
        b"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nbody \xe9\r\n--b--\r\n"
    )

    assert parse(raw).text == "body é"


def test_parse_shows_the_source_of_absurd_nesting() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)
    )

    assert parse(deep).text.startswith("Content-Type: multipart/mixed")


_HEADER_NAMES = st.sampled_from([b"Subject", b"From", b"Message-ID", b"Content-Type", b"Content-Disposition"])
_HEADERS = st.lists(st.tuples(_HEADER_NAMES, st.binary(max_size=40)), max_size=5)
_WORDS = st.tuples(
    st.sampled_from(["utf-7", "unicode_escape", "punycode", "idna", "base64", "utf-16", "x"]),
    st.binary(max_size=20),
)


@given(headers=_HEADERS, body=st.binary(max_size=80), word=_WORDS)
def test_parse_never_fails_and_gives_storable_text(
    headers: list[tuple[bytes, bytes]], body: bytes, word: tuple[str, bytes]
) -> None:
    charset, encoded = word[0].encode(), word[1]
    lines = [name + b": " + value for name, value in headers]
    lines.append(b"Subject: =?" + charset + b"?Q?" + encoded.hex("=").encode() + b"?=")
    lines.append(b"Content-Type: text/plain; charset=" + charset)

    parsed = parse(b"\r\n".join([*lines, b"", body]))

    for text in (parsed.subject, parsed.sender, parsed.text, parsed.html or "", parsed.message_id or ""):
        assert "\0" not in text
        assert json.loads(json.dumps(text)).encode() == text.encode("utf-8", "strict")
