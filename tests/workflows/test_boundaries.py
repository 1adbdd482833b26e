"""A worker, or its connection to the database, dies between two steps: the order's life is the same.

`make boundaries` has all of them; here are some of each kind.
"""

import pytest

from api.engine import Engine
from api.status_changes import StatusCommand, change_status
from bench.boundaries.__main__ import read_outcomes, show
from domain.lifecycle import OrderStatus
from local.terminal import console
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually
from tests.workflows import test_compensation, test_mails_at_once, test_order, test_refunds
from tests.workflows.bulk import ids, kept, statuses
from tests.workflows.dying.boundaries import (
    TRANSACTIONS,
    Boundary,
    Moment,
    Step,
    boundaries,
    histories,
    recorded,
)
from tests.workflows.dying.scenarios import assigned, uncovered
from tests.workflows.shop import Shop
from workflows.messages import AFTER_SALE_WORKFLOW, ORDER_WORKFLOW
from workflows.steps import STEPS

RECORDED = False
SOME = [
    Boundary(Step(ORDER_WORKFLOW, "create_order"), Moment.COMMITTED, 1),
    Boundary(Step(ORDER_WORKFLOW, "open_payment"), Moment.AFTER),
    Boundary(Step(ORDER_WORKFLOW, "check_payment"), Moment.BEFORE),
    Boundary(Step(ORDER_WORKFLOW, "record_payment"), Moment.ACKNOWLEDGED),
]


@pytest.mark.parametrize("boundary", SOME, ids=str, indirect=True)
@pytest.mark.usefixtures("boundary")
async def test_order_comes_through_a_death_at(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    await test_order.test_order_goes_from_placement_to_completed(shop, stripe_sandbox, mailbox)


@pytest.mark.parametrize(
    "boundary",
    [
        Boundary(Step(ORDER_WORKFLOW, "send_emails_at_once"), Moment.AFTER),
        Boundary(Step(ORDER_WORKFLOW, "send_emails_at_once"), Moment.UNCOMMITTED, 2),
    ],
    ids=str,
    indirect=True,
)
@pytest.mark.usefixtures("boundary")
async def test_new_order_is_told_of_once_through_a_death_at(shop: Shop, mailbox: MailboxProcess) -> None:
    await test_mails_at_once.test_new_order_tells_both_sides_once(shop, mailbox)


@pytest.mark.parametrize(
    "boundary", [Boundary(Step(AFTER_SALE_WORKFLOW, "request_refund"), Moment.AFTER)], ids=str, indirect=True
)
@pytest.mark.usefixtures("boundary")
async def test_refund_of_an_ended_order_is_one_through_a_death_at(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    await test_refunds.test_refund_after_the_return_window_still_works(shop, stripe_sandbox)


@pytest.mark.parametrize(
    "boundary", [Boundary(Step(ORDER_WORKFLOW, "record_payment"), Moment.AFTER)], ids=str, indirect=True
)
@pytest.mark.usefixtures("boundary")
async def test_order_takes_the_command_of_who_sees_it_confirmed_through_a_death_at(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await test_order.paid_order(shop, stripe_sandbox)
    vendor_user = await create_vendor_user(shop.database, shop.vendor)
    order, engine = await shop.order(given), Engine(shop.settings, client=shop.client)
    wanted = StatusCommand(order, OrderStatus.PROCESSING, vendor_user.id, {}, None)

    outcome = await change_status(shop.database, engine, wanted)

    assert (outcome.order.order.status, outcome.changed) == ("processing", True)


@pytest.mark.parametrize(
    "boundary", [Boundary(Step(ORDER_WORKFLOW, "create_order"), Moment.AFTER)], ids=str, indirect=True
)
@pytest.mark.usefixtures("boundary")
async def test_order_takes_the_command_of_who_is_told_of_it_through_a_death_at(shop: Shop) -> None:
    given = await shop.claim(payment_method="manual")
    await shop.start(given)
    await eventually(shop.orders, lambda orders: len(orders) == 1)
    vendor_user = await create_vendor_user(shop.database, shop.vendor)
    order, engine = await shop.order(given), Engine(shop.settings, client=shop.client)
    wanted = StatusCommand(order, OrderStatus.CONFIRMED, vendor_user.id, {}, None)

    outcome = await change_status(shop.database, engine, wanted)

    assert (outcome.order.order.status, outcome.changed) == ("confirmed", True)


@pytest.mark.parametrize(
    "boundary", [Boundary(Step(ORDER_WORKFLOW, "withdraw_placement"), Moment.AFTER)], ids=str, indirect=True
)
@pytest.mark.usefixtures("boundary")
async def test_refused_customer_hears_the_reason_through_a_death_at(shop: Shop) -> None:
    await test_compensation.test_address_that_vanished_refuses_the_order(shop)


@pytest.mark.parametrize(
    "boundary", [Boundary(Step(ORDER_WORKFLOW, "record_payment"), Moment.AFTER)], ids=str, indirect=True
)
@pytest.mark.usefixtures("boundary")
async def test_order_is_not_passed_over_in_bulk_through_a_death_at(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await test_order.paid_order(shop, stripe_sandbox)
    job = await kept(shop, await ids(shop, [given]), "processing")

    await (await job.start()).result()

    assert await job.outcomes() == [("changed", None)]
    assert await statuses(shop, [given]) == ["processing"]


def test_every_boundary_of_the_histories_has_its_scenario() -> None:
    assert uncovered() == []
    tried = [boundary for chosen in assigned().values() for boundary in chosen]
    assert sorted(tried) == sorted(boundaries())
    assert {step.name for step in recorded()} <= set(TRANSACTIONS)


def test_every_step_that_the_workflows_know_is_in_a_history() -> None:
    assert {step.name for step in STEPS} <= {step.name for step in histories()}


def test_boundary_that_was_not_tried_or_did_not_hold_is_noticed() -> None:
    everything = boundaries()
    outcomes = dict.fromkeys(everything, True)
    output = console()
    assert show(outcomes, output) == 0
    assert show(outcomes | {everything[3]: False}, output) == 1
    del outcomes[everything[5]]
    assert show(outcomes, output) == 1


def test_outcomes_are_read_from_the_report() -> None:
    first, second, *_ = (each for each in boundaries() if each.transaction)
    report = f"""<testsuites><testsuite>
        <testcase name="test_a[{first}]"/>
        <testcase name="test_b[customer-{second}]"/>
        <testcase name="test_b[vendor-{second}]"><failure message="lost"/></testcase>
        <testcase name="test_c"/>
    </testsuite></testsuites>"""
    assert read_outcomes(report) == {first: True, second: False}
