"""What becomes of payments, placements and pieces that belong to no order."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.findings import Code, Repair
from domain.lifecycle import OrderStatus, PaymentStatus
from domain.reconciliation import WorkflowState
from domain.strays import (
    StockFacts,
    StrayPayment,
    compare_placement,
    compare_reservation,
    compare_stock,
    compare_stray,
)

TOTAL = Decimal("52.46")
RUNNING, ENDED, ABSENT = WorkflowState


def stray(**changes: object) -> StrayPayment:
    facts = StrayPayment("pi_2", "succeeded", TOTAL, Decimal(0), "refused", None, None)
    return replace(facts, **changes)  # type: ignore[arg-type]  # a test names its own fields


@pytest.mark.parametrize(
    ("facts", "code", "repair"),
    [
        (stray(), Code.ORPHAN_PAID, Repair.REFUND_PAYMENT),
        (stray(placement=None), Code.ORPHAN_PAID, None),
        (
            stray(placement="placed", order=OrderStatus.PENDING, order_payment=PaymentStatus.PENDING),
            Code.ORPHAN_PAID,
            None,
        ),
        (
            stray(placement="placed", order=OrderStatus.CONFIRMED, order_payment=PaymentStatus.PAID),
            Code.ORPHAN_PAID,
            Repair.REFUND_PAYMENT,
        ),
        (
            stray(placement="placed", order=OrderStatus.CANCELLED, order_payment=PaymentStatus.VOIDED),
            Code.ORPHAN_PAID,
            Repair.REFUND_PAYMENT,
        ),
        (stray(amount_refunded=Decimal("1.00")), Code.ORPHAN_PAID, None),
        (stray(status="requires_payment_method"), Code.ORPHAN_UNPAID, Repair.CANCEL_PAYMENT),
        (stray(status="processing", placement=None), Code.ORPHAN_UNPAID, Repair.CANCEL_PAYMENT),
    ],
)
def test_orphan_is_cancelled_or_given_back_when_it_is_certainly_nobodys(
    facts: StrayPayment, code: Code, repair: Repair | None
) -> None:
    finding = compare_stray(facts)
    assert finding is not None
    assert (finding.code, finding.repair) == (code, repair)


@pytest.mark.parametrize(
    "facts",
    [
        stray(status="canceled"),
        stray(amount_refunded=TOTAL),
        *(stray(placement=state, status="requires_payment_method") for state in ("claimed", "created")),
        *(stray(placement=state) for state in ("claimed", "created")),
    ],
)
def test_payment_that_is_over_or_of_an_order_under_way_is_no_orphan(facts: StrayPayment) -> None:
    assert compare_stray(facts) is None


@pytest.mark.parametrize("state", ["claimed", "created"])
def test_placement_without_a_workflow_is_withdrawn(state: str) -> None:
    for workflow in (ENDED, ABSENT):
        finding = compare_placement(state, workflow)
        assert finding is not None
        assert finding.repair == Repair.WITHDRAW
    assert compare_placement(state, RUNNING) is None


@pytest.mark.parametrize(
    ("placement", "order", "repair"),
    [
        ("placed", OrderStatus.CANCELLED, Repair.RELEASE_STOCK),
        ("refused", OrderStatus.CANCELLED, Repair.RELEASE_STOCK),
        ("refused", None, Repair.RELEASE_STOCK),
        ("placed", OrderStatus.SHIPPED, Repair.SHIP_STOCK),
        ("placed", OrderStatus.DELIVERED, Repair.SHIP_STOCK),
        (None, None, None),
    ],
)
def test_pieces_held_for_nobody_are_let_go(
    placement: str | None, order: OrderStatus | None, repair: Repair | None
) -> None:
    finding = compare_reservation(placement, order)
    assert finding is not None
    assert finding.repair == repair


@pytest.mark.parametrize("order", [None, OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PROCESSING])
def test_pieces_held_for_an_order_under_way_stay(order: OrderStatus | None) -> None:
    assert compare_reservation("placed" if order else "claimed", order) is None


@given(st.builds(StockFacts, *[st.integers(0, 3)] * 4))
def test_counters_are_right_exactly_when_they_are_the_sums(facts: StockFacts) -> None:
    agrees = facts.available == facts.moved_available and facts.reserved == facts.moved_reserved
    assert (compare_stock(facts) is None) is agrees
