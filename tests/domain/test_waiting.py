"""What an order waits for, in examples and for any order there may be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lifecycle import OrderStatus, PaymentMethod
from domain.waiting import (
    OpenDispute,
    OpenRefund,
    Party,
    Step,
    Wait,
    WaitFacts,
    Windows,
    deadline,
    waiting_for,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
MUCH_LATER = NOON + timedelta(days=1)
WINDOWS = Windows(fulfilment=100, delivery=200, returns=300, bank=400)
STRIPE, MANUAL = PaymentMethod.STRIPE, PaymentMethod.MANUAL

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds come without a zone
maybe = st.none() | moments
orders = st.builds(
    WaitFacts,
    status=st.sampled_from(OrderStatus),
    payment_method=st.sampled_from(PaymentMethod),
    since=moments,
    until=maybe,
    completed=st.booleans(),
    payment_opened=st.booleans(),
    bank_since=maybe,
    bank_until=maybe,
    attention_since=maybe,
    refunds=st.lists(st.builds(OpenRefund, moments, st.booleans()), max_size=2),
    disputes=st.lists(st.builds(OpenDispute, moments, st.booleans(), maybe), max_size=2),
)


@pytest.mark.parametrize(
    ("status", "method", "step", "party"),
    [
        ("pending", STRIPE, Step.PAYMENT, Party.CUSTOMER),
        ("pending", MANUAL, Step.CONFIRMATION, Party.VENDOR),
        ("confirmed", STRIPE, Step.PROCESSING, Party.VENDOR),
        ("processing", STRIPE, Step.SHIPPING, Party.VENDOR),
        ("shipped", MANUAL, Step.DELIVERY, Party.CARRIER),
        ("delivered", STRIPE, Step.RETURN_WINDOW, Party.CUSTOMER),
    ],
)
def test_status_says_who_has_to_act(status: str, method: PaymentMethod, step: Step, party: Party) -> None:
    facts = WaitFacts(OrderStatus(status), method, NOON, LATER)
    assert waiting_for(facts) == Wait(step, party, NOON, LATER)


def test_payment_that_is_not_open_yet_waits_for_stripe() -> None:
    facts = WaitFacts(OrderStatus.PENDING, STRIPE, NOON, LATER, payment_opened=False)
    assert waiting_for(facts) == Wait(Step.PAYMENT, Party.STRIPE, NOON, LATER)


def test_bank_that_pays_has_its_own_time() -> None:
    facts = WaitFacts(OrderStatus.PENDING, STRIPE, NOON, LATER, bank_since=LATER, bank_until=MUCH_LATER)
    assert waiting_for(facts) == Wait(Step.BANK, Party.BANK, LATER, MUCH_LATER)


@pytest.mark.parametrize(("sent", "party"), [(False, Party.STRIPE), (True, Party.BANK)])
def test_refund_outlives_the_order(sent: bool, party: Party) -> None:
    facts = WaitFacts(OrderStatus.CANCELLED, STRIPE, NOON, refunds=[OpenRefund(LATER, sent)])
    assert waiting_for(facts) == Wait(Step.REFUND, party, LATER)


def test_refund_does_not_hide_what_the_vendor_has_to_do() -> None:
    facts = WaitFacts(OrderStatus.CONFIRMED, STRIPE, NOON, refunds=[OpenRefund(LATER, sent=True)])
    assert waiting_for(facts) == Wait(Step.PROCESSING, Party.VENDOR, NOON)


def test_evidence_that_is_due_first_is_shown() -> None:
    disputes = [
        OpenDispute(NOON, needs_evidence=False),
        OpenDispute(NOON, needs_evidence=True, until=MUCH_LATER),
        OpenDispute(NOON, needs_evidence=True, until=LATER),
        OpenDispute(NOON, needs_evidence=True),
    ]
    facts = WaitFacts(OrderStatus.SHIPPED, STRIPE, NOON, disputes=disputes)
    assert waiting_for(facts) == Wait(Step.DISPUTE, Party.VENDOR, NOON, LATER)


def test_dispute_with_its_evidence_waits_for_the_bank() -> None:
    facts = WaitFacts(OrderStatus.SHIPPED, STRIPE, NOON, disputes=[OpenDispute(LATER, needs_evidence=False)])
    assert waiting_for(facts) == Wait(Step.DISPUTE, Party.BANK, LATER)


@given(orders)
def test_order_that_is_not_over_waits_for_somebody_and_a_final_one_for_nobody(facts: WaitFacts) -> None:
    ended = facts.status == OrderStatus.CANCELLED or (
        facts.status == OrderStatus.DELIVERED and facts.completed
    )
    quiet = facts.attention_since is None and not facts.refunds and not facts.disputes
    assert (waiting_for(facts) is None) == (ended and quiet)


@given(orders)
def test_what_needs_an_operator_comes_first(facts: WaitFacts) -> None:
    wait = waiting_for(facts)
    for_operator = wait is not None and wait.party == Party.OPERATOR
    assert for_operator == (facts.attention_since is not None)


@given(orders.filter(lambda facts: facts.status != OrderStatus.PENDING), maybe)
def test_only_payment_knows_a_window_of_its_own(facts: WaitFacts, expires: datetime | None) -> None:
    with_expiry = deadline(facts.status, facts.since, WINDOWS, payment_expires_at=expires)
    assert with_expiry == deadline(facts.status, facts.since, WINDOWS)


@pytest.mark.parametrize(
    ("status", "seconds"), [("confirmed", 100), ("processing", 100), ("shipped", 200), ("delivered", 300)]
)
def test_deadline_follows_the_window_until_it_is_extended(status: str, seconds: int) -> None:
    since = OrderStatus(status)
    assert deadline(since, NOON, WINDOWS) == NOON + timedelta(seconds=seconds)
    assert deadline(since, NOON, WINDOWS, extended_until=MUCH_LATER) == MUCH_LATER


def test_unpaid_order_has_its_deadline_stored_and_a_cancelled_one_has_none() -> None:
    assert deadline(OrderStatus.PENDING, NOON, WINDOWS, payment_expires_at=LATER) == LATER
    assert deadline(OrderStatus.CANCELLED, NOON, WINDOWS) is None
