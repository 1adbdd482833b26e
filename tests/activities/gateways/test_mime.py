"""E-mails as bytes: what the standard library would write, only cheaper."""

from dataclasses import replace
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, default

import pytest

from activities.gateways.mail import OutgoingEmail
from activities.gateways.mime import address, as_mime
from tests.activities.gateways.mail_contract import EMAIL

SENDER = address("orders@orion.example")
NAMES = [
    "Acme",
    "Acme & Söhne",
    'Söhne, "Acme" & Cie',
    "Smith, Jones (Ltd.)",
    "back\\slash",
    "=?utf-8?q?Bcc=3A?=",
    "long " * 40,
    "東京" * 40,
    "",
]


def _as_the_library_writes(email: OutgoingEmail) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(" ".join(email.sender_name.split()), SENDER.username, SENDER.domain)
    message["To"] = address(email.to)
    message["Subject"] = " ".join(email.subject.split())
    policy = SMTP if email.to.isascii() else SMTPUTF8
    return message.as_bytes(policy=policy).partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("to", ["jane@example.com", "jané@example.com", f"{'j' * 60}@{'e' * 60}.example"])
def test_headers_are_those_of_the_standard_library(name: str, to: str) -> None:
    email = replace(EMAIL, sender_name=name, subject=name or "Hi", to=to)
    written = as_mime(email, SENDER, address(to), utf8=not to.isascii())
    expected = _as_the_library_writes(email).split(b"\r\n")
    assert [line for line in expected if line not in written.split(b"\r\n")] == []


def test_there_is_one_header_of_each_kind_in_the_usual_order() -> None:
    message = message_from_bytes(as_mime(EMAIL, SENDER, address(EMAIL.to), utf8=False), policy=default)
    assert message.keys() == [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    assert message.defects == []


@pytest.mark.parametrize(
    "text", ["", "one", "one\r\ntwo\rthree\n", "--=_orion--\n", "ä" * 5000, "a\u2028b\n"]
)
def test_both_wordings_arrive_whole(text: str) -> None:
    message = message_from_bytes(
        as_mime(replace(EMAIL, text=text, html=f"<p>{text}"), SENDER, address(EMAIL.to), utf8=False),
        policy=default,
    )
    plain, html = message.iter_parts()
    lines = "".join(
        f"{line}\r\n"
        for line in text.encode().replace(b"\r\n", b"\n").decode().replace("\r", "\n").split("\n")
    )
    expected = lines if not text.endswith("\n") else lines[:-2]
    assert plain.get_content() == ("" if text == "" else expected)
    assert html.get_content() == f"<p>{expected}"


def test_body_is_short_lines_of_ascii() -> None:
    written = as_mime(replace(EMAIL, html="<p>ö" * 3000), SENDER, address(EMAIL.to), utf8=False)
    assert written.isascii()
    assert max(map(len, written.split(b"\r\n"))) <= 78
    assert b"\n" not in written.replace(b"\r\n", b"")
