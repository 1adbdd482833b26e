"""Disputes: whose the money is, what is left to refund, and the payment status that follows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.disputes import (
    DisputeOutcome,
    DisputeRow,
    held_amount,
    is_inquiry,
    lost_amount,
    needs_evidence,
    outcome_of,
)
from domain.errors import RefundExceedsRemaining
from domain.lifecycle import PaymentStatus, RefundStatus, check_payment_transition
from domain.money import CENT
from domain.refunds import (
    RefundRow,
    attempt_key,
    check_refund,
    is_attempt_at,
    is_ours,
    outside_refund_key,
    payment_status_after,
    refundable_amount,
    returned_amount,
)

PAID = Decimal("20.00")
INQUIRIES = ("warning_needs_response", "warning_under_review", "warning_closed")
OPEN = ("needs_response", "under_review", "appeal_needs_response", "appeal_under_review", "of_a_new_kind")
STATUSES = (*INQUIRIES, *OPEN, "won", "lost", "prevented")
NUMBER = "ACME-20261122-00001"


def dispute(status: str, amount: str = "12.00") -> DisputeRow:
    return DisputeRow(Decimal(amount), status)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("won", DisputeOutcome.WON),
        ("warning_closed", DisputeOutcome.WON),
        ("lost", DisputeOutcome.LOST),
        ("prevented", DisputeOutcome.LOST),
        *((status, None) for status in (*OPEN, *INQUIRIES[:2])),
    ],
)
def test_outcome_is_known_once_the_dispute_is_closed(status: str, outcome: DisputeOutcome | None) -> None:
    assert outcome_of(status) == outcome


def test_banks_wait_for_evidence_in_disputes_inquiries_and_appeals() -> None:
    waiting = {status for status in STATUSES if needs_evidence(status)}
    assert waiting == {"needs_response", "warning_needs_response", "appeal_needs_response"}
    assert {status for status in STATUSES if is_inquiry(status)} == set(INQUIRIES)


@pytest.mark.parametrize("status", OPEN)
def test_open_dispute_keeps_its_amount_back_and_decides_nothing(status: str) -> None:
    assert refundable_amount(PAID, [], [dispute(status)]) == Decimal("8.00")
    assert payment_status_after(PAID, [], [dispute(status)]) == PaymentStatus.PAID


@pytest.mark.parametrize("status", [*INQUIRIES, "won"])
def test_inquiry_and_won_dispute_leave_everything_refundable(status: str) -> None:
    assert refundable_amount(PAID, [], [dispute(status)]) == PAID
    assert payment_status_after(PAID, [], [dispute(status)]) == PaymentStatus.PAID


@pytest.mark.parametrize(
    ("amount", "status"),
    [("12.00", PaymentStatus.PARTIALLY_REFUNDED), ("20.00", PaymentStatus.REFUNDED)],
)
def test_lost_dispute_gives_the_money_back_as_a_refund_does(amount: str, status: PaymentStatus) -> None:
    lost = [dispute("lost", amount)]
    assert payment_status_after(PAID, [], lost) == status
    with pytest.raises(RefundExceedsRemaining):
        check_refund(PAID - Decimal(amount) + CENT, PAID, [], "EUR", lost)


def test_refunded_money_that_a_bank_takes_too_came_back_once() -> None:
    refunded = [RefundRow(PAID, RefundStatus.SUCCEEDED)]
    assert returned_amount(PAID, refunded, [dispute("lost", "20.00")]) == PAID
    assert refundable_amount(PAID, refunded, [dispute("lost", "20.00")]) == 0


MONEY = st.decimals(min_value=CENT, max_value=100, places=2)
REFUNDS = st.lists(st.builds(RefundRow, MONEY, st.sampled_from(RefundStatus)), max_size=6)
DISPUTES = st.lists(st.builds(DisputeRow, MONEY, st.sampled_from(STATUSES)), max_size=4)


@given(MONEY, REFUNDS, DISPUTES)
def test_nothing_is_given_twice(paid: Decimal, refunds: list[RefundRow], disputes: list[DisputeRow]) -> None:
    left = refundable_amount(paid, refunds, disputes)
    returned = returned_amount(paid, refunds, disputes)
    assert 0 <= left <= paid - returned
    assert left == 0 or left + held_amount(disputes) + lost_amount(disputes) <= paid
    if left:
        check_refund(left, paid, refunds, "EUR", disputes)
    with pytest.raises(RefundExceedsRemaining):
        check_refund(left + CENT, paid, refunds, "EUR", disputes)


@given(MONEY, REFUNDS, DISPUTES)
def test_status_knows_only_what_came_back(
    paid: Decimal, refunds: list[RefundRow], disputes: list[DisputeRow]
) -> None:
    status = payment_status_after(paid, refunds, disputes)
    returned = returned_amount(paid, refunds, disputes)
    assert (status == PaymentStatus.PAID) == (returned == 0)
    assert (status == PaymentStatus.REFUNDED) == (returned == paid)
    assert payment_status_after(paid, refunds[::-1], disputes[::-1]) == status


@given(MONEY, REFUNDS, DISPUTES, st.data())
def test_every_turn_of_a_dispute_is_a_transition(
    paid: Decimal, refunds: list[RefundRow], disputes: list[DisputeRow], data: st.DataObject
) -> None:
    before = payment_status_after(paid, refunds, disputes)
    turned = [DisputeRow(row.amount, data.draw(st.sampled_from(STATUSES))) for row in disputes]
    after = payment_status_after(paid, refunds, turned)
    if after != before:
        check_payment_transition(before, after)


def test_refunds_are_told_apart_by_their_keys() -> None:
    first = f"{NUMBER}:refund:1"
    assert is_ours(NUMBER, attempt_key(first, 1))
    assert is_ours(NUMBER, attempt_key(first, 2))
    assert not is_ours(NUMBER, outside_refund_key(NUMBER, "re_1"))
    assert not is_ours(NUMBER, "ACME-20261122-00002:refund:1")
    assert not is_ours(NUMBER, None)
    assert [is_attempt_at(first, attempt_key(first, attempt)) for attempt in (1, 2)] == [True, True]
    assert not is_attempt_at(first, f"{NUMBER}:refund:12")
    assert not is_attempt_at(first, None)
