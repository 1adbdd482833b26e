"""The order's statuses: the table, who may ask for what, and walks that try to leave it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import TransitionNotAllowed
from domain.lifecycle import (
    PAYMENT_TRANSITIONS,
    TRANSITIONS,
    ActorType,
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
    came_this_far,
    check_payment_transition,
    check_transition,
    is_final,
    next_statuses,
    validate_table,
)

PENDING, CONFIRMED, PROCESSING, SHIPPED, DELIVERED, CANCELLED = OrderStatus
CUSTOMER, VENDOR, ADMIN, SYSTEM = ActorType
STRIPE, MANUAL = PaymentMethod
UNPAID, PAID = PaymentStatus.PENDING, PaymentStatus.PAID


def offered(status: OrderStatus, actor: ActorType) -> tuple[OrderStatus, ...]:
    return next_statuses(status, payment_status=PAID, payment_method=STRIPE, actor=actor)


def test_table_is_whole() -> None:
    assert set(TRANSITIONS) == set(OrderStatus)
    assert validate_table(TRANSITIONS, PENDING) == []
    assert set(PAYMENT_TRANSITIONS) == set(PaymentStatus)
    assert validate_table(PAYMENT_TRANSITIONS, UNPAID) == []


def test_validate_table_names_unknown_and_unreachable_states() -> None:
    broken = {PENDING: frozenset({CONFIRMED}), SHIPPED: frozenset({PENDING})}
    assert validate_table(broken, PENDING) == [
        "pending leads to confirmed, which has no row",
        "shipped is never reached",
    ]


def test_only_delivered_and_cancelled_are_final() -> None:
    assert {status for status in OrderStatus if is_final(status)} == {DELIVERED, CANCELLED}


@pytest.mark.parametrize("actor", [VENDOR, ADMIN])
def test_vendor_moves_a_paid_order_to_its_end(actor: ActorType) -> None:
    assert offered(PENDING, actor) == (CANCELLED,)
    assert offered(CONFIRMED, actor) == (PROCESSING, SHIPPED, CANCELLED)
    assert offered(PROCESSING, actor) == (SHIPPED, CANCELLED)
    assert offered(SHIPPED, actor) == (DELIVERED,)


@pytest.mark.parametrize("status", OrderStatus)
def test_customer_only_cancels_and_only_early(status: OrderStatus) -> None:
    assert offered(status, CUSTOMER) == ((CANCELLED,) if status in {PENDING, CONFIRMED} else ())


@pytest.mark.parametrize("actor", ActorType)
@pytest.mark.parametrize("status", [DELIVERED, CANCELLED])
def test_nobody_leaves_a_final_status(status: OrderStatus, actor: ActorType) -> None:
    assert offered(status, actor) == ()


@pytest.mark.parametrize("actor", ActorType)
@pytest.mark.parametrize("payment_status", [UNPAID, PaymentStatus.FAILED])
def test_unpaid_stripe_order_can_only_be_cancelled(actor: ActorType, payment_status: PaymentStatus) -> None:
    allowed = next_statuses(PENDING, payment_status=payment_status, payment_method=STRIPE, actor=actor)
    assert allowed == (CANCELLED,)


@pytest.mark.parametrize(
    ("payment_method", "payment_status", "confirming"),
    [
        (STRIPE, UNPAID, set()),
        (STRIPE, PAID, {SYSTEM}),
        (MANUAL, UNPAID, {VENDOR, ADMIN}),
        (MANUAL, PAID, {VENDOR, ADMIN, SYSTEM}),
        (MANUAL, PaymentStatus.VOIDED, set()),
        (MANUAL, PaymentStatus.REFUNDED, set()),
    ],
)
def test_confirming_needs_payment_evidence_or_the_vendors_word(
    payment_method: PaymentMethod, payment_status: PaymentStatus, confirming: set[ActorType]
) -> None:
    assert confirming == {
        actor
        for actor in ActorType
        if CONFIRMED
        in next_statuses(PENDING, payment_status=payment_status, payment_method=payment_method, actor=actor)
    }


def test_check_transition_says_what_would_be_allowed() -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        check_transition(CONFIRMED, DELIVERED, payment_status=PAID, payment_method=STRIPE, actor=VENDOR)
    assert refused.value.fields == {
        "status": "confirmed",
        "requested": "delivered",
        "next_statuses": ["processing", "shipped", "cancelled"],
    }
    assert refused.value.message == "An order that is confirmed cannot become delivered now."


def test_check_transition_refuses_the_present_status() -> None:
    with pytest.raises(TransitionNotAllowed):
        check_transition(SHIPPED, SHIPPED, payment_status=PAID, payment_method=STRIPE, actor=VENDOR)


def test_payment_status_follows_its_table() -> None:
    check_payment_transition(UNPAID, PaymentStatus.FAILED)
    check_payment_transition(PaymentStatus.FAILED, PAID)
    check_payment_transition(PaymentStatus.VOIDED, PAID)
    check_payment_transition(PaymentStatus.REFUNDED, PAID)
    with pytest.raises(TransitionNotAllowed) as refused:
        check_payment_transition(PAID, PaymentStatus.VOIDED)
    assert refused.value.fields == {
        "status": "paid",
        "requested": "voided",
        "next_statuses": ["partially_refunded", "refunded"],
    }


ATTEMPTS = st.lists(
    st.tuples(st.sampled_from(OrderStatus), st.sampled_from(ActorType), st.sampled_from(PaymentStatus)),
    max_size=60,
)


@given(ATTEMPTS, st.sampled_from(PaymentMethod))
def test_no_walk_leaves_the_table(
    attempts: list[tuple[OrderStatus, ActorType, PaymentStatus]], payment_method: PaymentMethod
) -> None:
    status, visited = PENDING, [PENDING]
    for target, actor, payment_status in attempts:
        allowed = next_statuses(
            status, payment_status=payment_status, payment_method=payment_method, actor=actor
        )
        try:
            check_transition(
                status, target, payment_status=payment_status, payment_method=payment_method, actor=actor
            )
        except TransitionNotAllowed:
            assert target not in allowed
            continue
        assert target in allowed
        assert target in TRANSITIONS[status]
        assert actor != CUSTOMER or target == CANCELLED
        if target == CONFIRMED and payment_method == STRIPE:
            assert (actor, payment_status) == (SYSTEM, PAID)
        status = target
        visited.append(status)
    assert len(visited) == len(set(visited)) <= 5
    if CANCELLED in visited or DELIVERED in visited:
        assert is_final(status)


def test_orders_came_at_least_as_far_as_they_are() -> None:
    now: dict[str, int] = {PENDING: 5, CONFIRMED: 4, PROCESSING: 0, SHIPPED: 2, DELIVERED: 1, CANCELLED: 9}

    assert came_this_far(now) == {PENDING: 12, CONFIRMED: 7, PROCESSING: 3, SHIPPED: 3, DELIVERED: 1}
