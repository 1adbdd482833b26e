"""A bulk change rests, goes on and ends as it is told."""

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from settings import Settings
from tests.waiting import eventually
from tests.workflows.bulk import ids, kept, manual_orders, statuses
from tests.workflows.shop import Shop
from workflows.bulk_messages import CANCEL_BULK, PAUSE_BULK, RESUME_BULK, BulkProgress

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Changes that are slow enough to be told something in between."""
    return settings.model_copy(update={"bulk_rate": 2.0})


async def test_bulk_change_rests_and_goes_on(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 15)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "cancelled")
    await job.start()
    await eventually(job.stored, lambda stored: stored.changed > 0)

    paused = await job.handle.execute_update(PAUSE_BULK, result_type=BulkProgress)
    assert paused.state == "paused"
    # What was told by then still answers.
    resting = await eventually(job.under_way, lambda orders: orders == 0)
    assert resting == 0
    still = await statuses(stocked, orders)
    assert 0 < still.count("cancelled") < 15
    resumed = await job.handle.execute_update(RESUME_BULK, result_type=BulkProgress)
    again = await job.handle.execute_update(RESUME_BULK, result_type=BulkProgress)
    assert (resumed.state, again.state) == ("running", "running")
    await eventually(job.stored, lambda stored: stored.changed > still.count("cancelled"))
    await job.handle.execute_update(CANCEL_BULK)

    progress = await job.handle.result()
    assert (await statuses(stocked, orders)).count("cancelled") == progress.changed


async def test_cancelled_bulk_change_leaves_what_is_not_begun(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 12)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "confirmed")
    await job.start()
    await eventually(job.stored, lambda stored: stored.changed > 0)

    cancelled = await job.handle.execute_update(CANCEL_BULK, result_type=BulkProgress)
    progress = await job.handle.result()

    assert cancelled.state == "cancelled"
    assert progress.state == "cancelled"
    assert progress.changed > 0
    assert progress.cancelled > 0
    assert progress.changed + progress.cancelled == 12
    assert (await statuses(stocked, orders)).count("pending") == progress.cancelled
    assert (await job.outcomes()).count(("cancelled", None)) == progress.cancelled


async def test_operators_cancel_request_ends_a_bulk_change_cleanly(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 12)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "confirmed")
    await job.start()
    await eventually(job.stored, lambda stored: stored.changed > 0)

    await job.handle.cancel()
    progress = await job.handle.result()

    assert progress.state == "cancelled"
    assert progress.changed + progress.cancelled == 12
    described = await job.handle.describe()
    assert described.status == WorkflowExecutionStatus.COMPLETED


async def test_finished_bulk_change_refuses_a_pause(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 1)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "confirmed")
    async with stocked.database.vendor(stocked.vendor.id) as session:
        (await session.merge(await job.stored())).state = "cancelled"
    await job.start()

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await job.handle.execute_update(PAUSE_BULK)

    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "bulk_job_over"
    assert await statuses(stocked, orders) == ["pending"]
