"""Every e-mail: what it says, to whom it leads, and that text and HTML agree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from activities.emails import wording
from activities.emails.facts import EmailKind, ItemFacts, OrderFacts, PersonFacts, RenderedEmail, ShopFacts
from activities.emails.rendering import render
from domain.links import Link, LinkPurpose
from tests.activities.emails.orders import LINKS, ORDER, SIGNED
from tests.activities.emails.reading import links, tags, visible_text

KINDS = list(EmailKind)
HELD = replace(ORDER, paid_amount=Decimal("0.00"), payment_status="pending", cancel_refund=Decimal(0))
UNPAID = replace(HELD, authorization=None)
BY_HAND = replace(UNPAID, payment_method="manual")
HELD_BY_HAND = replace(HELD, payment_method="manual")
HOSTILE = '<script>alert("x")</script>{{ 7*7 }}{% raw %}'


def _render(kind: EmailKind, order: OrderFacts = ORDER) -> RenderedEmail:
    return render(kind, order, LINKS)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (EmailKind.ORDER_RECEIVED, "Order ACME-20261122-00042: please pay EUR 1,484.87"),
        (EmailKind.ORDER_CONFIRMATION, "Order ACME-20261122-00042 is confirmed"),
        (EmailKind.PAYMENT_FAILED, "Order ACME-20261122-00042: your payment did not go through"),
        (EmailKind.ORDER_SHIPPED, "Order ACME-20261122-00042 is on its way"),
        (EmailKind.ORDER_DELIVERED, "Order ACME-20261122-00042 was delivered"),
        (EmailKind.ORDER_CANCELLED, "Order ACME-20261122-00042 was cancelled"),
        (EmailKind.REFUND_ISSUED, "Refund of EUR 10.00 for order ACME-20261122-00042"),
        (EmailKind.VENDOR_NEW_ORDER, "New order ACME-20261122-00042: EUR 1,484.87"),
        (EmailKind.VENDOR_ORDER_CANCELLED, "Order ACME-20261122-00042 was cancelled"),
        (EmailKind.VENDOR_CAPTURE_DUE, "Order ACME-20261122-00042: the authorised payment runs out"),
        (EmailKind.VENDOR_DISPUTE_OPENED, "Order ACME-20261122-00042: the payment is disputed"),
        (EmailKind.VENDOR_DISPUTE_CLOSED, "Order ACME-20261122-00042: the dispute is decided"),
        (EmailKind.CUSTOMER_MESSAGE, "Order ACME-20261122-00042: a message from Acme & Söhne"),
        (EmailKind.VENDOR_MESSAGE, "Order ACME-20261122-00042: a message from the customer"),
    ],
)
def test_subject_names_the_order(kind: EmailKind, subject: str) -> None:
    assert _render(kind).subject == subject


@pytest.mark.parametrize("kind", KINDS)
def test_every_email_has_the_order_with_all_amounts(kind: EmailKind) -> None:
    email = _render(kind)
    for said in (visible_text(email.html), " ".join(email.text.split())):
        for expected in (
            "Order ACME-20261122-00042",
            "Coffee mug (MUG-1) 2 x EUR 19.90 EUR 39.80",
            "Espresso machine (ESP-9) 1 x EUR 1,249.00 EUR 1,249.00",
            "Subtotal EUR 1,288.80",
            "Discount EUR -24.72",
            "Shipping EUR 5.90",
            "VAT 17 % EUR 214.89",
            "Total EUR 1,484.87",
        ):
            assert expected in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", [ORDER, HELD, HELD_BY_HAND, replace(ORDER, pay_until=None, carrier=None)])
def test_text_and_html_say_the_same(kind: EmailKind, order: OrderFacts) -> None:
    email = _render(kind, order)
    said = visible_text(email.html)
    for line in email.text.splitlines():
        name, _, link = line.partition(": http")
        if link:
            assert f"http{link}" in links(email.html)
            assert name in said
        else:
            name, _, value = line.partition(": ")
            plain = " ".join(line.split())
            assert plain in said or f"{name} {value}" in said
    assert len(said.split()) <= len(email.text.split()) + 12


@pytest.mark.parametrize("kind", KINDS)
def test_link_leads_to_the_readers_own_page_of_the_order(kind: EmailKind) -> None:
    email = _render(kind)
    token = SIGNED.sign(Link(LinkPurpose.TRACK, 7, 42, ORDER.placed_at + timedelta(days=180)))
    page = (
        "https://shop.example/vendor/orders/42"
        if kind.to_vendor
        else f"https://shop.example/shop/7/track/{token}"
    )
    assert page in links(email.html)
    assert page in email.text.split()


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_is_shown_and_never_run(kind: EmailKind) -> None:
    hostile = replace(
        ORDER,
        shop=ShopFacts(HOSTILE, "shop@acme.example"),
        customer=PersonFacts(HOSTILE, HOSTILE, "jane@example.com"),
        items=(ItemFacts(HOSTILE, HOSTILE, 1, Decimal(1), Decimal(1), Decimal(17)),),
        shipping_address=(HOSTILE,),
        billing_address=(HOSTILE, HOSTILE),
        customer_notes=HOSTILE,
        carrier=HOSTILE,
        tracking_number=HOSTILE,
        message=HOSTILE,
    )
    email = _render(kind, hostile)
    assert tags(email.html) == tags(_render(kind, replace(ORDER, carrier="Bike", message="?")).html)
    assert HOSTILE in visible_text(email.html)
    assert HOSTILE in email.text
    assert "<script" not in email.html


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_template_is_left_over(kind: EmailKind) -> None:
    email = _render(kind)
    for part in (email.subject, email.text, email.html):
        assert not any(leftover in part for leftover in ("{{", "}}", "{%", "None", "Decimal", "  \n"))
    assert "\n\n\n" not in email.text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_loaded_from_elsewhere(kind: EmailKind) -> None:
    found = tags(_render(kind).html)
    assert found.isdisjoint({"img", "script", "link", "style", "iframe", "form"})


@pytest.mark.parametrize("kind", KINDS)
def test_prices_that_include_tax_show_it_beside_the_total(kind: EmailKind) -> None:
    email = _render(kind, replace(ORDER, prices_include_tax=True))
    for said in (visible_text(email.html), " ".join(email.text.split())):
        assert "Total EUR 1,484.87 Includes VAT 17 %: EUR 214.89" in said
        assert said.count("214.89") == 1


def test_items_of_several_rates_have_one_tax_line_without_a_rate() -> None:
    mixed = replace(ORDER, items=(ORDER.items[0], replace(ORDER.items[1], tax_rate=Decimal("5.50"))))
    assert ("VAT", "EUR 214.89") in wording.totals(mixed)


def test_currency_without_minor_units_is_written_in_whole_units() -> None:
    email = _render(EmailKind.ORDER_CONFIRMATION, replace(ORDER, currency="JPY", total_amount=Decimal(1484)))
    assert "JPY 1,484" in email.text
    assert "JPY 1,484." not in email.text


def test_order_received_says_how_and_until_when_to_pay() -> None:
    said = visible_text(_render(EmailKind.ORDER_RECEIVED, BY_HAND).html)
    assert "Amount EUR 1,484.87 Reference ACME-20261122-00042 Pay until 2026-11-22 15:00 UTC" in said
    assert "bank transfer" in said


def test_confirmation_says_what_was_paid_and_where_it_goes() -> None:
    text = _render(EmailKind.ORDER_CONFIRMATION).text
    assert "has received your payment of EUR 1,484.87" in text
    assert "1 Rue de la Gare" in text
    assert "12 Avenue de la Liberté" in text


def test_one_address_for_both_is_written_once() -> None:
    same = replace(ORDER, billing_address=ORDER.shipping_address)
    text = _render(EmailKind.ORDER_CONFIRMATION, same).text
    assert "Shipping and billing address" in text
    assert text.count("1 Rue de la Gare") == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("insufficient_funds", "There is not enough money on the card or account."),
        ("expired_card", "The card has expired."),
        ("authentication_required", "The payment was not approved with the bank."),
        ("stolen_card", "The bank declined the payment. It can tell you why."),
        (None, "The bank declined the payment. It can tell you why."),
    ],
)
def test_payment_failed_explains_the_decline(code: str | None, words: str) -> None:
    text = _render(EmailKind.PAYMENT_FAILED, replace(UNPAID, decline_code=code)).text
    assert words in text
    assert "until 2026-11-22 15:00 UTC" in text
    assert "Pay now: https://shop.example/shop/7/track/" in text


def test_shipped_leads_to_the_parcel() -> None:
    email = _render(EmailKind.ORDER_SHIPPED)
    url = "https://www.dhl.com/global-en/home/tracking.html?tracking-id=JD0146%2F3"
    assert url in links(email.html)
    assert f"Follow the parcel: {url}" in email.text
    assert "Carrier DHL Tracking number JD0146/3" in visible_text(email.html)


def test_shipped_by_an_unknown_carrier_has_the_number_and_no_link() -> None:
    email = _render(EmailKind.ORDER_SHIPPED, replace(ORDER, carrier="Bike messenger"))
    assert "Tracking number: JD0146/3" in email.text
    assert "Follow" not in email.text
    assert "Follow" not in email.html


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("customer", "You cancelled it."),
        ("vendor", "Acme & Söhne cancelled it."),
        ("out_of_stock", "Something in it is no longer in stock."),
        ("payment_failed", "It could not be paid."),
        ("expired", "It was not paid in time."),
        ("fraud", "Acme & Söhne could not accept it."),
        ("other", "Acme & Söhne cancelled it."),
    ],
)
def test_cancelled_says_why(reason: str, words: str) -> None:
    assert words in _render(EmailKind.ORDER_CANCELLED, replace(UNPAID, cancel_reason=reason)).text


@pytest.mark.parametrize(
    ("order", "to_customer", "to_vendor"),
    [
        (UNPAID, "You have not been charged.", "It had not been paid."),
        (ORDER, "EUR 1,484.87 goes back to you", "EUR 1,484.87 is being refunded"),
        (
            replace(ORDER, cancel_refund=Decimal(0)),
            "Everything you paid has gone back to you before.",
            "What was paid had been refunded before.",
        ),
        (
            replace(ORDER, payment_method="manual"),
            "Acme & Söhne pays EUR 1,484.87 back to you.",
            "Please pay EUR 1,484.87 back to the customer.",
        ),
    ],
)
def test_cancelled_says_whether_money_goes_back(order: OrderFacts, to_customer: str, to_vendor: str) -> None:
    assert to_customer in _render(EmailKind.ORDER_CANCELLED, order).text
    assert to_vendor in _render(EmailKind.VENDOR_ORDER_CANCELLED, order).text


def test_refund_says_how_much_comes_back() -> None:
    assert "EUR 10.00 is going back to you" in _render(EmailKind.REFUND_ISSUED).text
    by_hand = _render(EmailKind.REFUND_ISSUED, replace(ORDER, payment_method="manual"))
    assert "Acme & Söhne has paid EUR 10.00 back to you." in by_hand.text


def test_refund_mail_without_a_refund_is_not_written() -> None:
    with pytest.raises(ValueError, match="no refund"):
        _render(EmailKind.REFUND_ISSUED, replace(ORDER, refund_amount=None))


def test_vendor_learns_what_the_customer_wrote_and_whether_it_is_paid() -> None:
    assert "Note from the customer: Please ring twice." in _render(EmailKind.VENDOR_NEW_ORDER).text
    assert "It is paid and waits to be shipped." in _render(EmailKind.VENDOR_NEW_ORDER).text
    by_hand = _render(EmailKind.VENDOR_NEW_ORDER, BY_HAND).text
    assert "Please confirm it once you have the money, until 2026-11-22 15:00 UTC." in by_hand
    assert "Note" not in _render(EmailKind.VENDOR_NEW_ORDER, replace(ORDER, customer_notes=None)).text


@pytest.mark.parametrize(
    ("first_name", "greeting"),
    [
        ("Jané", "Hello Jané,"),
        ("Anne-Marie d'Arc", "Hello Anne-Marie d'Arc,"),
        ("Win at https://evil.example", "Hello,"),
        ("evil.example", "Hello,"),
        ("", "Hello,"),
    ],
)
def test_greeting_is_no_place_for_messages(first_name: str, greeting: str) -> None:
    order = replace(ORDER, customer=PersonFacts(first_name, "Doe", "jane@example.com"))
    assert _render(EmailKind.ORDER_DELIVERED, order).text.startswith(f"{greeting}\n")


def test_moment_is_written_in_utc() -> None:
    later = datetime.fromisoformat("2026-11-23T01:30:00+02:00")
    assert later.astimezone(UTC).hour == 23
    assert "2026-11-22 23:30 UTC" in _render(EmailKind.PAYMENT_FAILED, replace(UNPAID, pay_until=later)).text
