"""Fixtures of the workflow tests."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.worker import Interceptor

from db.session import Database
from settings import Settings
from tests.builders import create_product
from tests.fixtures.temporal import running_worker
from tests.workflows.replaying import replay, write
from tests.workflows.shop import Shop, open_shop


@pytest.fixture
def interceptors() -> list[Interceptor]:
    """What the worker puts between Temporal and the activities; tests add their faults."""
    return []


@pytest_asyncio.fixture
async def shop(
    database: Database,
    settings: Settings,
    temporal_client: Client,
    interceptors: list[Interceptor],
    request: pytest.FixtureRequest,
) -> AsyncIterator[Shop]:
    """A shop whose worker is running.

    Whatever its orders went through is replayed afterwards, so that a workflow that is not deterministic
    fails here. With `ORION_RECORD_HISTORIES` set the histories are kept as well: see `make histories`.
    A module that says `RECORDED = False` adds no shape of its own.
    """
    recorded = os.environ.get("ORION_RECORD_HISTORIES") and getattr(request.module, "RECORDED", True)
    async with running_worker(settings, database, temporal_client, *interceptors):
        shop = await open_shop(database, settings, temporal_client)
        yield shop
        for number, workflow_id in enumerate(shop.workflow_ids, start=1):
            history = await temporal_client.get_workflow_handle(workflow_id).fetch_history()
            await replay(history)
            if recorded:
                name = request.node.name.removeprefix("test_")
                write(history, name if number == len(shop.workflow_ids) else f"{name}-{number}")


@pytest_asyncio.fixture
async def stocked(shop: Shop) -> Shop:
    """A shop with cups for everybody."""
    return replace(shop, mug=await create_product(shop.database, shop.vendor, title="Cup", available=100))
