"""E-mails about disputes: what the shop is told, and until when it can answer."""

from dataclasses import replace
from decimal import Decimal

import pytest

from activities.emails.facts import DisputeFacts, EmailKind
from activities.emails.rendering import render
from tests.activities.emails.orders import LINKS, ORDER


def text(kind: EmailKind, dispute: DisputeFacts | None = ORDER.dispute) -> str:
    email = render(kind, replace(ORDER, dispute=dispute), LINKS)
    return " ".join(email.text.split())


def test_opened_dispute_tells_the_amount_the_reason_and_the_deadline() -> None:
    told = text(EmailKind.VENDOR_DISPUTE_OPENED)
    assert "EUR 84.20 of this order are disputed" in told
    assert "the order has not arrived" in told
    assert "until 2026-12-01 23:59 UTC" in told


def test_inquiry_takes_no_money_and_an_unknown_reason_is_none() -> None:
    told = text(
        EmailKind.VENDOR_DISPUTE_OPENED, DisputeFacts(Decimal(5), "of_a_new_kind", "warning_needs_response")
    )
    assert "No money has been taken yet" in told
    assert "no particular reason" in told
    assert "nothing to answer" in told


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("won", "The dispute is won: EUR 84.20 comes back to you."),
        ("lost", "The dispute is lost: EUR 84.20 went back to the customer."),
        ("prevented", "The dispute is lost: EUR 84.20 went back to the customer."),
        ("warning_closed", "The bank has closed its inquiry: EUR 84.20 stays with you."),
    ],
)
def test_outcome_says_whose_the_money_is(status: str, expected: str) -> None:
    assert expected in text(
        EmailKind.VENDOR_DISPUTE_CLOSED, DisputeFacts(Decimal("84.20"), "general", status)
    )


def test_email_about_a_dispute_needs_one() -> None:
    with pytest.raises(ValueError, match="no dispute"):
        text(EmailKind.VENDOR_DISPUTE_CLOSED, None)
