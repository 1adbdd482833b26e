"""The e-mails with a link for a password, and the invitation in a guest's first e-mail."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from activities.emails.accounts import AccountEmailKind, AccountFacts, render_account
from activities.emails.facts import EmailKind, OrderFacts, PersonFacts, RenderedEmail, ShopFacts
from activities.emails.rendering import render
from domain.accounts import check_unused
from domain.links import LinkPurpose
from tests.activities.emails.orders import LINKS, ORDER, SIGNED
from tests.activities.emails.reading import links, tags, visible_text

ASKED_AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>{{ 7*7 }}{% raw %}'
ACCOUNT = AccountFacts(
    vendor_id=7,
    customer_id=42,
    shop=ShopFacts("Acme & Söhne", "shop@acme.example"),
    customer=PersonFacts("Jané", "Doe", "jane@example.com"),
    password_hash="$argon2id$present",
)
GUEST = replace(ACCOUNT, password_hash=None)
BOTH = pytest.mark.parametrize("account", [ACCOUNT, GUEST], ids=["account", "guest"])
PAGE = "https://shop.example/shop/7/account/set-password/"
GUESTS_ORDER = replace(ORDER, customer=replace(ORDER.customer, is_guest=True))


def _render(account: AccountFacts) -> RenderedEmail:
    return render_account(account, LINKS, asked_at=ASKED_AT)


@BOTH
def test_link_sets_this_customers_password(account: AccountFacts) -> None:
    email = _render(account)
    (page,) = links(email.html)

    assert page in email.text.split()
    assert page.startswith(PAGE)
    link = SIGNED.read(page.removeprefix(PAGE), LinkPurpose.ACCOUNT, ASKED_AT)
    assert (link.vendor_id, link.subject_id) == (7, 42)
    check_unused(SIGNED, link, password_hash=account.password_hash, account_id=None)


@BOTH
def test_text_and_html_say_the_same(account: AccountFacts) -> None:
    email = _render(account)
    said = visible_text(email.html)

    for line in email.text.splitlines():
        assert " ".join(line.partition(": http")[0].split()) in said
    assert "until 2026-11-23 14:30 UTC" in said
    assert "Acme & Söhne" in email.subject


def test_account_and_guest_are_told_apart() -> None:
    assert (ACCOUNT.kind, GUEST.kind) == (AccountEmailKind.NEW_PASSWORD, AccountEmailKind.NEW_ACCOUNT)
    assert "Your password stays as it is until then." in _render(ACCOUNT).text
    assert "with all that you ordered with this e-mail address" in _render(GUEST).text


@BOTH
def test_hostile_text_is_shown_and_never_run(account: AccountFacts) -> None:
    hostile = replace(
        account,
        shop=ShopFacts(HOSTILE, "shop@acme.example"),
        customer=PersonFacts(HOSTILE, HOSTILE, "jane@example.com"),
    )
    email = _render(hostile)

    assert tags(email.html) == tags(_render(account).html)
    assert HOSTILE in visible_text(email.html)
    assert f"Hello {HOSTILE}" not in email.text


@pytest.mark.parametrize("kind", EmailKind)
@pytest.mark.parametrize("order", [ORDER, GUESTS_ORDER], ids=["account", "guest"])
def test_only_a_guests_first_email_invites_to_an_account(kind: EmailKind, order: OrderFacts) -> None:
    email = render(kind, order, LINKS)
    invites = order is GUESTS_ORDER and kind in {EmailKind.ORDER_RECEIVED, EmailKind.ORDER_CONFIRMATION}

    page = "https://shop.example/shop/7/account/link"
    assert (f"Create an account: {page}" in email.text.splitlines()) == invites
    assert (page in links(email.html)) == invites
