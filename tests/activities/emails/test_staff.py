"""The e-mails with a link for a password to those who run shops and the platform."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from activities.emails.admins import render_admin
from activities.emails.facts import PersonFacts, RenderedEmail, ShopFacts
from activities.emails.staff import StaffEmailKind, StaffFacts, render_person
from domain.admins import check_admin_link
from domain.links import LinkPurpose
from domain.staff import check_staff_link
from tests.activities.emails.orders import LINKS, SIGNED
from tests.activities.emails.reading import links, tags, visible_text

ASKED_AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>{{ 7*7 }}{% raw %}'
STAFF = StaffFacts(
    vendor_id=7,
    user_id=42,
    shop=ShopFacts("Acme & Söhne", "shop@acme.example"),
    customer=PersonFacts("Nina", "New", "nina@acme.example"),
    password_hash="$argon2id$present",
)
INVITED = replace(STAFF, password_hash=None)
BOTH = pytest.mark.parametrize("person", [STAFF, INVITED], ids=["password", "invitation"])
PAGE = "https://shop.example/vendor/set-password/"


def _render(person: StaffFacts) -> RenderedEmail:
    return render_person(person, LINKS, asked_at=ASKED_AT)


@BOTH
def test_link_sets_this_persons_password(person: StaffFacts) -> None:
    email = _render(person)
    (page,) = links(email.html)

    assert page in email.text.split()
    assert page.startswith(PAGE)
    link = SIGNED.read(page.removeprefix(PAGE), LinkPurpose.STAFF, ASKED_AT)
    assert (link.vendor_id, link.subject_id) == (7, 42)
    check_staff_link(SIGNED, link, password_hash=person.password_hash, is_active=True)


@BOTH
def test_text_and_html_say_the_same(person: StaffFacts) -> None:
    email = _render(person)
    said = visible_text(email.html)

    for line in email.text.splitlines():
        assert " ".join(line.partition(": http")[0].split()) in said


def test_invitation_and_new_password_say_what_for_and_until_when() -> None:
    invitation, password = _render(INVITED), _render(STAFF)

    assert (INVITED.kind, STAFF.kind) == (StaffEmailKind.INVITATION, StaffEmailKind.NEW_PASSWORD)
    assert invitation.subject == "You are invited to work at Acme & Söhne"
    assert "It works once, until 2026-11-25 14:30 UTC." in invitation.text
    assert password.subject == "Set a new password for working at Acme & Söhne"
    assert "It is valid until 2026-11-23 14:30 UTC." in password.text
    assert "your password stays as it is until then" in password.text
    assert "If you need no new password, leave it be: nothing changes." in password.text


@BOTH
def test_hostile_text_is_shown_and_never_run(person: StaffFacts) -> None:
    hostile = replace(
        person,
        shop=ShopFacts(HOSTILE, "shop@acme.example"),
        customer=PersonFacts(HOSTILE, HOSTILE, "nina@acme.example"),
    )
    email = _render(hostile)

    assert tags(email.html) == tags(_render(person).html)
    assert HOSTILE in visible_text(email.html)


def test_admins_link_is_theirs_and_good_for_an_hour() -> None:
    email = render_admin(admin_id=3, password_hash="present", links=LINKS, asked_at=ASKED_AT)
    (page,) = links(email.html)
    base = "https://shop.example/admin/set-password/"
    link = SIGNED.read(page.removeprefix(base), LinkPurpose.ADMIN, ASKED_AT)
    said = visible_text(email.html)

    assert (email.subject, link.subject_id) == ("Set a new password for the platform", 3)
    check_admin_link(SIGNED, link, password_hash="present")
    assert page in email.text.split()
    assert "It is valid until 2026-11-22 15:30 UTC." in email.text
    for line in email.text.splitlines():
        assert " ".join(line.partition(": http")[0].split()) in said
