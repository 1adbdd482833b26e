"""Damage to placements, workflows, stock and histories is found, and mended where that is safe."""

import pytest
from temporalio.testing import ActivityEnvironment

from activities.gateways.stripe_payments import StripePayments
from activities.messages import CreateOrder, PlacementRef, WithdrawPlacement
from activities.placing import PlacingActivities
from api.engine import Engine
from db.tables import Placement
from domain.errors import OrderClosed
from domain.orders import effect_key
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.reconciling import (
    DEAF,
    NOTHING,
    attention,
    found,
    needs_attention,
    open_findings,
    paid,
    placed,
    repaired,
    run_sql,
)
from tests.workflows.shop import Shop
from worker.order_workflows import TemporalOrderWorkflows
from workflows.messages import OrderInput, after_sale_id

RECORDED = False


async def state_of(shop: Shop, given: OrderInput) -> str:
    async with shop.database.reading(shop.vendor.id) as session:
        return (await session.get_one(Placement, given.placement_id)).state


@pytest.mark.parametrize("created", [False, True], ids=["claimed", "created"])
async def test_placement_that_nobody_works_on_is_withdrawn_and_holds_nothing(
    shop: Shop, stripe_sandbox: SandboxProcess, created: bool
) -> None:
    given = await shop.claim()
    shop.workflow_ids.clear()
    payments = StripePayments(stripe_sandbox.secret_key, stripe_sandbox.url, timeout=5.0)
    placing = PlacingActivities(shop.database, payments)
    run = ActivityEnvironment().run
    ref = PlacementRef(given.vendor_id, given.placement_id, given.order_number)
    intent = None
    if created:
        placement = await _placement(shop, given)
        await run(placing.create_order, CreateOrder(ref, 1, placement.created_at))
        intent = await payments.open(
            order_number=given.order_number,
            vendor_id=given.vendor_id,
            amount=given.total_amount,
            currency=given.currency,
            idempotency_key=effect_key(given.order_number, "open_payment"),
        )
    await payments.close()

    codes = ["placement_abandoned"] + (["orphan_unpaid"] if intent else [])
    assert await found(shop) == repaired(*codes)
    assert await state_of(shop, given) == "refused"
    assert (await shop.stock(shop.mug), await shop.stock(shop.pot)) == ((10, 0), (5, 0))
    if intent:
        assert (await stripe_sandbox.intent(intent.reference))["status"] == "canceled"
        assert (await shop.order(given)).status == "cancelled"
    assert await found(shop) == NOTHING
    with pytest.raises(OrderClosed):
        await Engine(shop.settings, client=shop.client).place(given)


async def _placement(shop: Shop, given: OrderInput) -> Placement:
    async with shop.database.reading(shop.vendor.id) as session:
        return await session.get_one(Placement, given.placement_id)


async def test_placement_that_got_through_meanwhile_stays(shop: Shop) -> None:
    given = await placed(shop)
    placing = PlacingActivities(shop.database, StripePayments("sk_test_none", None, 1.0))
    withdrawn = await placing.withdraw_placement(
        WithdrawPlacement(
            PlacementRef(given.vendor_id, given.placement_id, given.order_number),
            code="order_closed",
            message="-",
            unless_placed=True,
        )
    )
    assert withdrawn.withdrawn is False
    assert (await shop.order(given)).status == "pending"


async def test_order_whose_workflow_is_gone_needs_attention_until_it_is_back(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox)
    await shop.handle(given).terminate()
    for _ in range(2):
        assert await found(shop) == attention("workflow_missing")
    assert await open_findings(shop.database, shop.vendor.id) == {(given.order_number, "workflow_missing")}
    await shop.client.start_workflow(
        "OrderWorkflow", given, id=given.order_number, task_queue=shop.settings.task_queue
    )
    assert await found(shop) == NOTHING
    assert await open_findings(shop.database, shop.vendor.id) == set()


async def test_workflow_of_an_order_that_has_long_been_final_needs_attention(shop: Shop) -> None:
    given = await placed(shop, policy=DEAF)
    await run_sql(
        shop.database,
        "UPDATE orders SET status = 'cancelled', cancel_reason = 'other', payment_status = 'voided',"
        " updated_at = now() - interval '2 days' WHERE order_number = :n",
        n=given.order_number,
    )
    found_now = await found(shop)
    assert found_now.attention == {"workflow_lingers": 1}
    assert found_now.repaired == {"stock_leaked": 1}
    await eventually(lambda: needs_attention(shop, given), bool)


async def test_failed_workflow_needs_attention(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    claimed = await shop.claim([(shop.mug, 1)])
    shop.workflow_ids.clear()
    workflows = TemporalOrderWorkflows(shop.client, shop.settings.task_queue)
    await workflows.take_up_again(
        vendor_id=claimed.vendor_id, vendor_code=claimed.vendor_code, order_number=claimed.order_number
    )
    failed = after_sale_id(claimed.order_number)

    async def seen() -> dict[str, int]:
        return (await found(shop)).attention

    # Visibility is eventually consistent.
    await eventually(seen, lambda codes: codes == {"workflow_failed": 1})
    assert await open_findings(shop.database, shop.vendor.id) == {(failed, "workflow_failed")}


async def test_workflow_that_cannot_make_progress_needs_attention(shop: Shop) -> None:
    given = await shop.claim([(shop.mug, 1)])
    shop.workflow_ids.clear()
    stuck = await shop.client.start_workflow(
        "OrderWorkflow", "no order", id=given.order_number, task_queue=shop.settings.task_queue
    )

    async def seen() -> dict[str, int]:
        return (await found(shop)).attention

    await eventually(seen, lambda codes: codes == {"workflow_stuck": 1}, within=90)
    await stuck.terminate()


async def test_counters_that_are_not_the_sums_need_attention(shop: Shop) -> None:
    await run_sql(
        shop.database,
        "UPDATE inventory SET available_quantity = available_quantity + 1 WHERE product_id = :id",
        id=shop.mug.id,
    )
    for _ in range(2):
        assert await found(shop) == attention("stock_differs")
    await run_sql(
        shop.database,
        "UPDATE inventory SET available_quantity = available_quantity - 1 WHERE product_id = :id",
        id=shop.mug.id,
    )
    assert await found(shop) == NOTHING


@pytest.mark.parametrize(
    ("statuses", "settled", "left"),
    [(("shipped",), "shipped", (9, 0)), (("cancelled",), "released", (10, 0))],
)
async def test_pieces_that_are_still_held_for_a_final_order_are_let_go(
    shop: Shop,
    stripe_sandbox: SandboxProcess,
    statuses: tuple[str, ...],
    settled: str,
    left: tuple[int, int],
) -> None:
    given = await paid(shop, stripe_sandbox)
    for status in statuses:
        await shop.change(given, status)
    if statuses == ("cancelled",):
        await shop.handle(given).result()
    await run_sql(
        shop.database,
        "WITH gone AS (DELETE FROM inventory_movements WHERE reference = :n AND movement_type = :kind"
        " RETURNING product_id, available_change, reserved_change)"
        " UPDATE inventory i SET available_quantity = i.available_quantity - gone.available_change,"
        " reserved_quantity = i.reserved_quantity - gone.reserved_change"
        " FROM gone WHERE gone.product_id = i.product_id",
        n=given.order_number,
        kind=settled,
    )
    assert (await shop.stock(shop.mug))[1] == 1
    assert await found(shop) == repaired("stock_leaked")
    assert await shop.stock(shop.mug) == left
    assert await found(shop) == NOTHING


async def test_history_with_a_gap_needs_attention(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await paid(shop, stripe_sandbox)
    await run_sql(
        shop.database,
        "DELETE FROM order_events USING orders"
        " WHERE orders.id = order_id AND order_number = :n AND sequence = 2",
        n=given.order_number,
    )
    assert await found(shop) == attention("events_not_numbered")
    await eventually(lambda: needs_attention(shop, given), bool)
