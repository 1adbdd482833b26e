"""A bulk change gives each order its outcome, and changes each order once."""

import pytest

from tests.workflows.bulk import (
    Job,
    commands,
    ids,
    kept,
    manual_orders,
    notes_of,
    statuses,
    times,
)
from tests.workflows.shop import Shop
from workflows.bulk_messages import BulkProgress, bulk_status_id
from workflows.messages import CHANGE_STATUS_LATER, Actor, StatusChange

pytestmark = pytest.mark.timeout(120)


async def test_bulk_change_gives_each_order_its_outcome(stocked: Shop) -> None:
    first, second, confirmed, cancelled = orders = await manual_orders(stocked, 4)
    await stocked.change(confirmed, "confirmed")
    await stocked.change(cancelled, "cancelled")
    known = await ids(stocked, orders)
    stocked.workflow_ids.clear()  # recorded elsewhere; here the job itself is
    job = await kept(stocked, [*known, 10**12], "confirmed")

    progress = await (await job.start()).result()

    assert progress == BulkProgress("completed", 5, 2, 1, 2, 0, 0, 0)
    assert await job.outcomes() == [
        ("changed", None),
        ("changed", None),
        ("unchanged", None),
        ("refused", "transition_not_allowed"),
        ("refused", "order_not_found"),
    ]
    assert await statuses(stocked, orders) == ["confirmed", "confirmed", "confirmed", "cancelled"]
    assert await notes_of(stocked, first, "order.confirmed") == "By the dozen."
    assert [command.actor_id for command in await commands(stocked)] == [job.user_id] * 2
    stored = await job.stored()
    assert stored.started_at is not None
    assert stored.finished_at is not None
    assert await times(stocked, [first, second], "order.confirmed") == [1, 1]


async def test_bulk_change_that_is_over_is_not_taken_up_again(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 2)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "confirmed")
    first = await (await job.start()).result()

    # As after Temporal has forgotten the job: its rows say that all is done.
    second = await (await job.start()).result()

    assert first == second
    assert await times(stocked, orders, "order.confirmed") == [1, 1]


async def test_bulk_change_started_twice_at_once_is_one(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 3)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "confirmed")

    await job.start()
    await job.start()
    progress = await job.handle.result()

    assert progress.changed == 3
    assert await times(stocked, orders, "order.confirmed") == [1, 1, 1]


async def test_two_bulk_changes_of_the_same_orders_change_each_once(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 4)
    stocked.workflow_ids.clear()
    known = await ids(stocked, orders)
    jobs: list[Job] = [await kept(stocked, known, "confirmed", key=key) for key in ("one", "two")]

    for job in jobs:
        await job.start()
    progress = [await job.handle.result() for job in jobs]

    assert sum(each.changed for each in progress) == 4
    assert sum(each.unchanged for each in progress) == 4
    assert await times(stocked, orders, "order.confirmed") == [1] * 4


async def test_order_that_nothing_follows_any_more_is_refused(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 2)
    stocked.workflow_ids.clear()
    await stocked.handle(orders[0]).terminate()
    job = await kept(stocked, await ids(stocked, orders), "confirmed")

    await (await job.start()).result()

    assert await job.outcomes() == [("refused", "order_closed"), ("changed", None)]


async def test_shipping_in_bulk_takes_the_carrier(stocked: Shop) -> None:
    [given] = await manual_orders(stocked, 1)
    await stocked.change(given, "confirmed")
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, [given]), "shipped", carrier="DHL")

    await (await job.start()).result()

    order = await stocked.order(given)
    assert (order.status, order.carrier, order.tracking_number) == ("shipped", "DHL", None)


async def test_long_bulk_change_goes_on_in_shifts(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 5)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "confirmed")

    progress = await (await job.start(shift=0.0)).result()

    assert progress.changed == 5
    assert await times(stocked, orders, "order.confirmed") == [1] * 5


async def test_order_that_is_told_twice_counts_once(stocked: Shop) -> None:
    [given] = await manual_orders(stocked, 1)
    job = await kept(stocked, await ids(stocked, [given]), "confirmed")
    await (await job.start()).result()
    stocked.workflow_ids.remove(bulk_status_id(job.id))
    await stocked.change(given, "processing")
    [command] = await commands(stocked)

    # As after a worker that died before it knew that it had told the order.
    again = StatusChange("confirmed", Actor("vendor", job.user_id), command.id)
    await stocked.handle(given).signal(CHANGE_STATUS_LATER, again)
    await stocked.change(given, "shipped")

    [command] = await commands(stocked)
    assert command.outcome == {"applied": True}
    assert await times(stocked, [given], "order.confirmed") == [1]
