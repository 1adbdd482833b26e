"""Bulk changes: what becomes of each order, what a choice of orders can have, and how a job may move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bulk import (
    MOST_ORDERS,
    BulkOutcome,
    BulkState,
    Standing,
    after,
    before,
    check_number,
    moved,
    prospects,
    without_workflow,
)
from domain.errors import BulkJobOver, NoOrdersMatch, TooManyOrders
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus

PENDING, CONFIRMED, PROCESSING, SHIPPED, DELIVERED, CANCELLED = OrderStatus
standings = st.builds(
    Standing,
    status=st.sampled_from(OrderStatus),
    payment_status=st.sampled_from(PaymentStatus),
    payment_method=st.sampled_from(PaymentMethod),
)


def paid(status: OrderStatus) -> Standing:
    return Standing(status, PaymentStatus.PAID, PaymentMethod.STRIPE)


@given(standings, st.sampled_from(OrderStatus))
def test_an_order_is_asked_exactly_when_it_may_go_there(order: Standing, target: OrderStatus) -> None:
    verdict = before(order, target)
    if target in order.next_statuses:
        assert verdict is None
    else:
        assert verdict is not None
        unchanged = order.status == target
        assert verdict.outcome == (BulkOutcome.UNCHANGED if unchanged else BulkOutcome.REFUSED)


@pytest.mark.parametrize(
    ("order", "outcome", "became"),
    [
        (paid(CONFIRMED), None, None),
        (paid(SHIPPED), {"applied": True}, BulkOutcome.CHANGED),
        # Delivered meanwhile: it was changed all the same.
        (paid(DELIVERED), {"applied": True}, BulkOutcome.CHANGED),
        # Somebody else was quicker, for which the workflow keeps nothing.
        (paid(SHIPPED), None, BulkOutcome.UNCHANGED),
        (paid(CONFIRMED), {"code": "capture_failed", "message": "The bank."}, BulkOutcome.REFUSED),
    ],
)
def test_what_an_order_answered(
    order: Standing, outcome: dict[str, object] | None, became: BulkOutcome | None
) -> None:
    verdict = after(order, SHIPPED, outcome)
    assert (verdict.outcome if verdict else None) == became


def test_order_that_nothing_follows_is_closed_unless_it_answered() -> None:
    assert without_workflow(paid(CONFIRMED), SHIPPED, None).code == "order_closed"
    assert without_workflow(paid(CANCELLED), SHIPPED, None).code == "transition_not_allowed"
    assert without_workflow(paid(DELIVERED), SHIPPED, {"applied": True}).outcome == BulkOutcome.CHANGED


@given(st.lists(st.tuples(standings, st.integers(1, 50)), max_size=8))
def test_every_prospect_counts_every_order_and_moves_one(counted: list[tuple[Standing, int]]) -> None:
    for prospect in prospects(counted):
        number = prospect.willing + prospect.unchanged + sum(prospect.refused.values())
        assert number == sum(count for _, count in counted)
        assert prospect.willing > 0
        assert prospect.paid <= prospect.willing


def test_prospects_name_only_what_an_order_can_have() -> None:
    found = prospects([(paid(CONFIRMED), 3), (paid(SHIPPED), 2), (paid(CANCELLED), 1)])

    assert [each.target for each in found] == [PROCESSING, SHIPPED, DELIVERED, CANCELLED]
    shipping = found[1]
    assert (shipping.willing, shipping.unchanged, dict(shipping.refused)) == (3, 2, {CANCELLED: 1})


def test_a_job_has_some_orders_and_not_too_many() -> None:
    check_number(1)
    check_number(MOST_ORDERS)
    with pytest.raises(TooManyOrders):
        check_number(MOST_ORDERS + 1)
    with pytest.raises(NoOrdersMatch):
        check_number(0)


def test_a_job_moves_until_it_is_over() -> None:
    wishes = (BulkState.RUNNING, BulkState.PAUSED, BulkState.CANCELLED)
    for present in (BulkState.WAITING, BulkState.RUNNING, BulkState.PAUSED):
        assert [moved(present, wish, finished=False) for wish in wishes] == list(wishes)
    for over in (BulkState.COMPLETED, BulkState.CANCELLED):
        with pytest.raises(BulkJobOver):
            moved(over, BulkState.RUNNING, finished=True)
    assert moved(BulkState.CANCELLED, BulkState.CANCELLED, finished=True) == BulkState.CANCELLED
