"""E-mails about amounts that are authorised and not taken yet."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from activities.emails.facts import AuthorizationFacts, EmailKind, OrderFacts
from activities.emails.rendering import render
from domain.capture import CaptureExpiry
from tests.activities.emails.orders import LINKS, ORDER

UNTIL = datetime(2026, 11, 29, 14, 31, tzinfo=UTC)
HELD = replace(ORDER, paid_amount=Decimal("0.00"), payment_status="pending")


def text(kind: EmailKind, order: OrderFacts = HELD) -> str:
    return " ".join(render(kind, order, LINKS).text.split())


def test_confirmation_says_that_the_bank_holds_the_amount() -> None:
    told = text(EmailKind.ORDER_CONFIRMATION)
    assert "Your bank holds EUR 1,484.87 for Acme & Söhne, which takes it when your order ships," in told
    assert "has received your payment of EUR 1,484.87" in text(EmailKind.ORDER_CONFIRMATION, ORDER)


def test_new_order_says_until_when_to_ship() -> None:
    told = text(EmailKind.VENDOR_NEW_ORDER)
    assert "is authorised and is taken when you ship it. Please ship it before 2026-11-29 14:31 UTC" in told
    without_end = replace(HELD, authorization=AuthorizationFacts(None, CaptureExpiry.CANCEL))
    assert "before" not in text(EmailKind.VENDOR_NEW_ORDER, without_end)


@pytest.mark.parametrize(
    ("at_expiry", "words"),
    [
        (CaptureExpiry.CANCEL, "Otherwise the order is cancelled shortly before"),
        (CaptureExpiry.CAPTURE, "Otherwise the amount is taken shortly before"),
    ],
)
def test_warning_says_when_and_what_happens_otherwise(at_expiry: CaptureExpiry, words: str) -> None:
    told = text(
        EmailKind.VENDOR_CAPTURE_DUE, replace(HELD, authorization=AuthorizationFacts(UNTIL, at_expiry))
    )
    assert "lets go of EUR 1,484.87 at 2026-11-29 14:31 UTC" in told
    assert words in told


def test_warning_needs_an_authorisation() -> None:
    with pytest.raises(ValueError, match="no authorisation"):
        text(EmailKind.VENDOR_CAPTURE_DUE, replace(HELD, authorization=None))


def test_cancellation_of_what_ran_out_says_so_to_both() -> None:
    gone = replace(HELD, payment_status="voided", cancel_reason="expired", cancel_refund=Decimal(0))
    assert "It was not shipped while your bank held the payment." in text(EmailKind.ORDER_CANCELLED, gone)
    assert "You have not been charged." in text(EmailKind.ORDER_CANCELLED, gone)
    assert "while the customer's bank held" in text(EmailKind.VENDOR_ORDER_CANCELLED, gone)
