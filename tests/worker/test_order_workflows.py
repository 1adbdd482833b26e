"""What reconciliation asks of Temporal, on a real server."""

from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from domain.reconciliation import WorkflowState
from settings import Settings
from tests.fixtures.postgres import PostgresUrls
from tests.waiting import eventually
from worker.order_workflows import TemporalOrderWorkflows


async def test_state_is_that_of_the_newest_run(temporal_client: Client, settings: Settings) -> None:
    workflows = TemporalOrderWorkflows(temporal_client, settings.task_queue)
    number = f"STATE-{settings.task_queue}"
    assert await workflows.state(number) == WorkflowState.ABSENT
    assert await workflows.tell_payment_changed(number) is False
    await workflows.tell_attention(number, ["workflow_missing"])
    handle = await temporal_client.start_workflow("OrderWorkflow", id=number, task_queue=settings.task_queue)
    assert await workflows.state(number) == WorkflowState.RUNNING
    assert await workflows.after_sale_state(number) == WorkflowState.ABSENT
    assert await workflows.tell_payment_changed(number) is True
    await handle.terminate()
    assert await workflows.state(number) == WorkflowState.ENDED


async def test_failed_workflows_are_listed_in_pages(
    temporal_client: Client, settings: Settings, worker: None, postgres_urls: PostgresUrls
) -> None:
    workflows = TemporalOrderWorkflows(temporal_client, settings.task_queue)
    numbers = [f"FAILED-{settings.task_queue}-{number}" for number in range(3)]
    for number in numbers:
        await workflows.take_up_again(vendor_id=1, vendor_code="none", order_number=number)

    async def listed(since: datetime) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            page = await workflows.list_troubled(since=since, cursor=cursor, limit=2)
            assert all(each.failed for each in page.workflows)
            found += [each.order_number for each in page.workflows]
            if (cursor := page.next_cursor) is None:
                return found

    now = datetime.now(UTC)
    # Visibility is eventually consistent.
    await eventually(lambda: listed(now - timedelta(minutes=5)), lambda found: sorted(found) == numbers)
    assert await listed(now + timedelta(minutes=5)) == []
