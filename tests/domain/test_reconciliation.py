"""What is found when an order, Stripe, the workflows and the stock contradict each other."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.findings import CHECK_OF, Code, Finding, Repair, seen_twice
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus, RefundStatus
from domain.reconciliation import (
    OrderFacts,
    PaymentFacts,
    RefundFacts,
    WorkflowState,
    compare_order,
)
from domain.refunds import RefundRow, payment_status_after

TOTAL = Decimal("52.46")
RUNNING, ENDED, ABSENT = WorkflowState
UNPAID = PaymentFacts("requires_payment_method", Decimal(0))
PAID = PaymentFacts("succeeded", TOTAL, "ch_1")


def pending(**changes: object) -> OrderFacts:
    """An order that waits for its customer to pay."""
    facts = OrderFacts(
        status=OrderStatus.PENDING,
        payment_status=PaymentStatus.PENDING,
        payment_method=PaymentMethod.STRIPE,
        completed=False,
        paid_amount=Decimal(0),
        refunded_amount=Decimal(0),
        refund_pending_amount=Decimal(0),
        payment_reference="pi_1",
        stored_reference="pi_1",
        last_event=2,
        number_of_events=2,
        refunds=(),
        declined_charges=frozenset(),
        payment=UNPAID,
        stripe_refunds=(),
        workflow=RUNNING,
        after_sale=ABSENT,
        idle_long=False,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # a test names its own fields


def confirmed(**changes: object) -> OrderFacts:
    """An order that was paid."""
    paid = pending(
        status=OrderStatus.CONFIRMED,
        payment_status=PaymentStatus.PAID,
        paid_amount=TOTAL,
        payment=PAID,
        last_event=4,
        number_of_events=4,
    )
    return replace(paid, **changes)  # type: ignore[arg-type]  # as above


def refund(status: str, amount: Decimal = TOTAL, number: int = 1) -> RefundFacts:
    return RefundFacts(f"A:refund:{number}", f"re_{number}", amount, RefundStatus(status))


def cancelled(**changes: object) -> OrderFacts:
    """A paid order that was cancelled and refunded."""
    over = confirmed(
        status=OrderStatus.CANCELLED,
        payment_status=PaymentStatus.REFUNDED,
        refunded_amount=TOTAL,
        refunds=(refund("succeeded"),),
        stripe_refunds=(refund("succeeded"),),
        workflow=ENDED,
        last_event=7,
        number_of_events=7,
    )
    return replace(over, **changes)  # type: ignore[arg-type]  # as above


def found(facts: OrderFacts) -> dict[Code, Repair | None]:
    return {finding.code: finding.repair for finding in compare_order(facts)}


@pytest.mark.parametrize(
    "facts",
    [
        pending(),
        pending(
            payment_method=PaymentMethod.MANUAL, payment_reference=None, stored_reference=None, payment=None
        ),
        pending(
            payment=PaymentFacts("requires_payment_method", Decimal(0), "ch_0", "expired_card"),
            payment_status=PaymentStatus.FAILED,
            declined_charges=frozenset({"ch_0"}),
        ),
        pending(payment=PaymentFacts("processing", Decimal(0), "ch_0")),
        confirmed(),
        confirmed(status=OrderStatus.SHIPPED),
        confirmed(status=OrderStatus.DELIVERED),
        confirmed(status=OrderStatus.DELIVERED, completed=True, workflow=ENDED),
        confirmed(status=OrderStatus.DELIVERED, completed=True, workflow=ABSENT, idle_long=True),
        cancelled(),
        cancelled(workflow=RUNNING),
        pending(
            status=OrderStatus.CANCELLED,
            payment_status=PaymentStatus.VOIDED,
            payment=PaymentFacts("canceled", Decimal(0)),
            workflow=ENDED,
        ),
        # A refund that failed, and the second attempt that went through.
        cancelled(
            refunds=(RefundFacts("A:refund:1:2", "re_2", TOTAL, RefundStatus.SUCCEEDED),),
            stripe_refunds=(
                RefundFacts("A:refund:1", "re_1", TOTAL, RefundStatus.FAILED),
                RefundFacts("A:refund:1:2", "re_2", TOTAL, RefundStatus.SUCCEEDED),
            ),
        ),
        cancelled(
            payment_status=PaymentStatus.PAID,
            refunded_amount=Decimal(0),
            refund_pending_amount=TOTAL,
            refunds=(refund("pending"),),
            stripe_refunds=(),
            workflow=ENDED,
            after_sale=RUNNING,
        ),
    ],
)
def test_healthy_order_has_no_findings(facts: OrderFacts) -> None:
    assert found(facts) == {}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (pending(payment=PAID), {Code.PAYMENT_UNHEARD: Repair.TELL_WORKFLOW}),
        (
            pending(payment=PaymentFacts("canceled", Decimal(0))),
            {Code.PAYMENT_UNHEARD: Repair.TELL_WORKFLOW},
        ),
        (
            pending(payment=PaymentFacts("requires_payment_method", Decimal(0), "ch_2", "expired_card")),
            {Code.PAYMENT_UNHEARD: Repair.TELL_WORKFLOW},
        ),
        (
            pending(payment=PAID, workflow=ABSENT),
            {Code.PAYMENT_UNHEARD: None, Code.WORKFLOW_MISSING: None},
        ),
        (
            pending(status=OrderStatus.CANCELLED, payment_status=PaymentStatus.VOIDED, payment=PAID),
            {Code.PAYMENT_UNHEARD: Repair.TAKE_UP_AGAIN},
        ),
        (confirmed(workflow=ENDED), {Code.WORKFLOW_MISSING: None}),
        (confirmed(status=OrderStatus.DELIVERED, workflow=ABSENT), {Code.WORKFLOW_MISSING: None}),
        (confirmed(payment=None), {Code.PAYMENT_NOT_THERE: None}),
        (confirmed(payment=UNPAID), {Code.PAYMENT_NOT_THERE: None}),
        (
            confirmed(payment=replace(PAID, amount_received=Decimal("5.00"))),
            {Code.PAYMENT_AMOUNT_DIFFERS: None},
        ),
        (confirmed(stored_reference="pi_2"), {Code.PAYMENT_REFERENCE_DIFFERS: None}),
        (confirmed(stripe_refunds=(refund("succeeded"),)), {Code.REFUND_UNKNOWN: None}),
        (confirmed(stripe_refunds=(refund("failed"),)), {}),
        (confirmed(last_event=5), {Code.EVENTS_NOT_NUMBERED: None}),
        (confirmed(refunded_amount=Decimal("1.00")), {Code.TOTALS_NOT_DERIVED: Repair.DERIVE_TOTALS}),
        (
            confirmed(payment_status=PaymentStatus.REFUNDED),
            {Code.TOTALS_NOT_DERIVED: Repair.DERIVE_TOTALS},
        ),
        (cancelled(stripe_refunds=()), {Code.REFUND_NOT_THERE: None}),
        (
            cancelled(stripe_refunds=(refund("succeeded", Decimal("1.00")),)),
            {Code.REFUND_AMOUNT_DIFFERS: None},
        ),
        (cancelled(stripe_refunds=(refund("failed"),)), {Code.REFUND_UNHEARD: Repair.TAKE_UP_AGAIN}),
        (
            cancelled(stripe_refunds=(refund("failed"),), workflow=RUNNING),
            {Code.REFUND_UNHEARD: Repair.TELL_WORKFLOW},
        ),
        (
            cancelled(
                refunds=(),
                stripe_refunds=(),
                refunded_amount=Decimal(0),
                payment_status=PaymentStatus.PAID,
            ),
            {Code.CANCELLED_NOT_REFUNDED: None},
        ),
        (
            cancelled(
                refunds=(refund("pending"),),
                stripe_refunds=(refund("pending"),),
                refunded_amount=Decimal(0),
                refund_pending_amount=TOTAL,
                payment_status=PaymentStatus.PAID,
            ),
            {Code.REFUND_STALLED: Repair.TAKE_UP_AGAIN},
        ),
        (cancelled(workflow=RUNNING, idle_long=True), {Code.WORKFLOW_LINGERS: None}),
    ],
)
def test_contradiction_is_found_with_its_repair(
    facts: OrderFacts, expected: dict[Code, Repair | None]
) -> None:
    assert found(facts) == expected


def test_totals_that_no_payment_covers_are_not_written() -> None:
    rows = (refund("succeeded"), refund("succeeded", number=2))
    facts = confirmed(refunds=rows, stripe_refunds=rows)
    assert found(facts) == {Code.TOTALS_NOT_DERIVED: None}


def test_refund_without_a_known_id_is_recognised_by_its_key() -> None:
    facts = confirmed(
        refund_pending_amount=TOTAL,
        refunds=(replace(refund("pending"), reference=None),),
        stripe_refunds=(refund("succeeded"),),
    )
    assert found(facts) == {Code.REFUND_UNHEARD: Repair.TELL_WORKFLOW}


cents = st.integers(1, 10_000).map(lambda units: Decimal(units) / 100)
refunds = st.lists(
    st.tuples(st.integers(1, 500), st.sampled_from(["pending", "succeeded", "failed"])), max_size=5
)


@given(refunds)
def test_refunds_that_agree_everywhere_are_no_finding(rows: list[tuple[int, str]]) -> None:
    stored = tuple(
        refund(status, Decimal(units) / 100, number) for number, (units, status) in enumerate(rows, start=1)
    )
    succeeded = sum((row.amount for row in stored if row.status == "succeeded"), Decimal(0))
    waiting = sum((row.amount for row in stored if row.status == "pending"), Decimal(0))
    facts = confirmed(
        refunds=stored,
        stripe_refunds=stored,
        refunded_amount=succeeded,
        refund_pending_amount=waiting,
        payment_status=payment_status_after(TOTAL, [RefundRow(row.amount, row.status) for row in stored]),
    )
    assert found(facts) == {}


@given(refunds, st.data())
def test_a_refund_that_moves_at_stripe_is_always_found(
    rows: list[tuple[int, str]], data: st.DataObject
) -> None:
    stored = tuple(
        refund(status, Decimal(units) / 100, number) for number, (units, status) in enumerate(rows, start=1)
    )
    moving = [position for position, row in enumerate(stored) if row.status != "failed"]
    if not moving:
        return
    position = data.draw(st.sampled_from(moving))
    others = [status for status in RefundStatus if status != stored[position].status]
    there = list(stored)
    there[position] = replace(there[position], status=data.draw(st.sampled_from(others)))
    facts = confirmed(refunds=stored, stripe_refunds=tuple(there))
    assert Code.REFUND_UNHEARD in found(facts)


order_facts = st.builds(
    OrderFacts,
    status=st.sampled_from(OrderStatus),
    payment_status=st.sampled_from(PaymentStatus),
    payment_method=st.sampled_from(PaymentMethod),
    completed=st.booleans(),
    paid_amount=st.sampled_from([Decimal(0), TOTAL]),
    refunded_amount=st.sampled_from([Decimal(0), TOTAL]),
    refund_pending_amount=st.just(Decimal(0)),
    payment_reference=st.sampled_from([None, "pi_1"]),
    stored_reference=st.sampled_from([None, "pi_1", "pi_2"]),
    last_event=st.integers(1, 3),
    number_of_events=st.integers(1, 3),
    refunds=st.lists(st.sampled_from([refund(status) for status in RefundStatus]), max_size=2).map(tuple),
    declined_charges=st.just(frozenset[str]()),
    payment=st.sampled_from([None, UNPAID, PAID, PaymentFacts("canceled", Decimal(0))]),
    stripe_refunds=st.lists(st.sampled_from([refund(status) for status in RefundStatus]), max_size=2).map(
        tuple
    ),
    workflow=st.sampled_from(WorkflowState),
    after_sale=st.sampled_from(WorkflowState),
    idle_long=st.booleans(),
)


@given(order_facts)
def test_each_code_comes_once_and_no_repair_moves_money(facts: OrderFacts) -> None:
    findings = compare_order(facts)
    codes = [finding.code for finding in findings]
    assert len(codes) == len(set(codes))
    harmless = {None, Repair.TELL_WORKFLOW, Repair.TAKE_UP_AGAIN, Repair.DERIVE_TOTALS}
    assert {finding.repair for finding in findings} <= harmless
    if facts.workflow != RUNNING:
        assert Repair.TELL_WORKFLOW not in {finding.repair for finding in findings}
    if not facts.is_over:
        assert Repair.TAKE_UP_AGAIN not in {finding.repair for finding in findings}


def test_every_code_counts_under_a_check() -> None:
    assert set(CHECK_OF) == set(Code)


def test_only_what_both_looks_saw_counts_as_the_second_saw_it() -> None:
    first = [Finding(Code.STOCK_DIFFERS, "before"), Finding(Code.WORKFLOW_MISSING, "on its way")]
    second = [Finding(Code.STOCK_DIFFERS, "after"), Finding(Code.PAYMENT_UNHEARD, "just now")]
    assert seen_twice(first, second) == [Finding(Code.STOCK_DIFFERS, "after")]


HELD = PaymentFacts("requires_capture", Decimal(0), "ch_1")


@pytest.mark.parametrize("status", ["confirmed", "processing"])
def test_authorised_order_is_healthy(status: str) -> None:
    assert compare_order(pending(status=OrderStatus(status), payment=HELD)) == []


@pytest.mark.parametrize("status", ["confirmed", "processing"])
@pytest.mark.parametrize("payment", [PAID, PaymentFacts("canceled", Decimal(0))], ids=["taken", "gone"])
def test_authorised_order_that_did_not_hear_what_became_of_it_is_told(
    status: str, payment: PaymentFacts
) -> None:
    [finding] = compare_order(pending(status=OrderStatus(status), payment=payment))
    assert (finding.code, finding.repair) == (Code.PAYMENT_UNHEARD, Repair.TELL_WORKFLOW)


def test_pending_order_that_did_not_hear_of_its_authorisation_is_told() -> None:
    [finding] = compare_order(pending(payment=HELD))
    assert (finding.code, finding.repair) == (Code.PAYMENT_UNHEARD, Repair.TELL_WORKFLOW)


@pytest.mark.parametrize(
    ("status", "repair"),
    [("shipped", None), ("delivered", None), ("cancelled", Repair.CANCEL_PAYMENT)],
)
def test_amount_that_stays_authorised_after_its_order_is_found(status: str, repair: Repair | None) -> None:
    facts = pending(status=OrderStatus(status), payment=HELD)
    assert Finding(
        Code.AUTHORIZATION_LEFT, f"pi_1 is authorised and the order is {status}", repair
    ) in compare_order(facts)
