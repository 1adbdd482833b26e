"""Fixtures of the workflow tests."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.worker import Interceptor

from api import order_start
from db.session import Database
from settings import Settings
from tests import waiting
from tests.builders import create_product
from tests.fixtures.temporal import running_worker
from tests.workflows.dying.boundaries import Boundary
from tests.workflows.dying.scenarios import assigned
from tests.workflows.dying.workers import Nursery, dying_worker
from tests.workflows.replaying import replay, write
from tests.workflows.shop import Shop, open_shop

EVERY_BOUNDARY = bool(os.environ.get("ORION_EVERY_BOUNDARY"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """With `ORION_EVERY_BOUNDARY` set, scenarios are lived through once for each of their boundaries."""
    if EVERY_BOUNDARY:
        chosen = assigned().get(metafunc.function.__name__, [])
        if chosen:
            metafunc.parametrize("boundary", chosen, ids=str, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """And nothing else is tried then."""
    if EVERY_BOUNDARY:
        items[:] = [item for item in items if "boundary" in _parameters(item)]


@pytest.fixture
def interceptors() -> list[Interceptor]:
    """What the worker puts between Temporal and the activities; tests add their faults."""
    return []


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where workers come from that die."""
    started = Nursery()
    yield started
    started.close()


@pytest.fixture
def boundary(request: pytest.FixtureRequest) -> Boundary | None:
    """Where the shop's worker dies; nowhere but in tests that choose it."""
    chosen: Boundary | None = getattr(request, "param", None)
    return chosen


@pytest.fixture
def settings(settings: Settings, boundary: Boundary | None, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Where a worker dies, callers have the patience that this takes, and Temporal notices it soon."""
    if boundary is None:
        return settings
    monkeypatch.setattr(order_start, "_TASK_TIMEOUT", timedelta(seconds=2))
    monkeypatch.setattr(waiting, "PATIENCE", 120.0)
    return settings.model_copy(update={"place_timeout": 90.0})


@pytest_asyncio.fixture
async def shop(
    database: Database,
    settings: Settings,
    temporal_client: Client,
    interceptors: list[Interceptor],
    boundary: Boundary | None,
    nursery: Nursery,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Shop]:
    """A shop whose worker is running.

    Whatever its orders went through is replayed afterwards, so that a workflow that is not deterministic
    fails here. With `ORION_RECORD_HISTORIES` set the histories are kept as well: see `make histories`.
    A module that says `RECORDED = False` adds no shape of its own.
    """
    recorded = os.environ.get("ORION_RECORD_HISTORIES") and getattr(request.module, "RECORDED", True)
    worker = (
        running_worker(settings, database, temporal_client, *interceptors)
        if boundary is None
        else dying_worker(nursery, settings, boundary, tmp_path)
    )
    async with worker:
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


def _parameters(item: pytest.Item) -> dict[str, object]:
    return item.callspec.params if hasattr(item, "callspec") else {}
