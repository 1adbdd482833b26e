"""A bulk change goes on after its worker was stopped, and changes no order twice."""

import pytest
from temporalio.client import Client

from db.session import Database
from settings import Settings
from tests.fixtures.temporal import running_worker
from tests.waiting import eventually
from tests.workflows.bulk import ids, kept, manual_orders, statuses, times
from tests.workflows.shop import open_shop

pytestmark = pytest.mark.timeout(120)


async def test_worker_that_is_stopped_in_the_middle_is_followed_by_another(
    settings: Settings, database: Database, temporal_client: Client
) -> None:
    slow = settings.model_copy(update={"bulk_rate": 4.0})
    async with running_worker(slow, database, temporal_client):
        shop = await open_shop(database, settings, temporal_client)
        orders = await manual_orders(shop, 10)
        job = await kept(shop, await ids(shop, orders), "confirmed")
        await job.start()
        await eventually(job.stored, lambda stored: stored.changed > 0)
    before = await job.stored()
    assert before.changed < 10

    async with running_worker(settings, database, temporal_client):
        progress = await job.handle.result()

    assert progress.changed == 10
    assert await statuses(shop, orders) == ["confirmed"] * 10
    assert await times(shop, orders, "order.confirmed") == [1] * 10
