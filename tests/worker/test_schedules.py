"""The reconciliation's schedule follows the settings, and leaves an operator's pause alone."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client, ScheduleActionStartWorkflow, ScheduleDescription, ScheduleOverlapPolicy
from temporalio.service import RPCError, RPCStatusCode

from settings import Settings
from tests.waiting import eventually
from worker.schedules import set_reconciliation_schedule
from workflows.reconciliation_messages import RECONCILIATION_ID, SCHEDULED_RECONCILIATION


@pytest_asyncio.fixture
async def client(temporal_client: Client) -> AsyncIterator[Client]:
    """A server without the schedule, before and after."""
    await set_reconciliation_schedule(temporal_client, Settings(_env_file=None, reconcile_every=0))
    yield temporal_client
    await set_reconciliation_schedule(temporal_client, Settings(_env_file=None, reconcile_every=0))


async def described(client: Client) -> ScheduleDescription:
    return await client.get_schedule_handle(RECONCILIATION_ID).describe()


async def test_schedule_is_made_once_and_follows_the_settings(client: Client) -> None:
    hourly = Settings(_env_file=None, task_queue="schedules")
    for _ in range(2):
        await set_reconciliation_schedule(client, hourly)
    schedule = (await described(client)).schedule
    assert [interval.every for interval in schedule.spec.intervals] == [timedelta(hours=1)]
    assert schedule.policy.overlap == ScheduleOverlapPolicy.SKIP
    assert isinstance(schedule.action, ScheduleActionStartWorkflow)
    assert (schedule.action.workflow, schedule.action.task_queue) == (SCHEDULED_RECONCILIATION, "schedules")

    await client.get_schedule_handle(RECONCILIATION_ID).pause(note="looking into something")
    await set_reconciliation_schedule(client, hourly.model_copy(update={"reconcile_every": 60}))

    async def every() -> timedelta:
        return (await described(client)).schedule.spec.intervals[0].every

    await eventually(every, lambda found: found == timedelta(minutes=1))
    assert (await described(client)).schedule.state.paused is True


async def test_schedule_that_is_not_wanted_is_deleted(client: Client) -> None:
    await set_reconciliation_schedule(client, Settings(_env_file=None, task_queue="schedules"))
    await set_reconciliation_schedule(client, Settings(_env_file=None, reconcile_every=0))
    with pytest.raises(RPCError) as caught:
        await described(client)
    assert caught.value.status == RPCStatusCode.NOT_FOUND
