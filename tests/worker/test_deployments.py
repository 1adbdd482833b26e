"""Versions of the worker side by side, on a real Temporal server."""

import asyncio
import os
import sys
import uuid
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from db.session import Database
from settings import Settings
from tests.api.backoffice import vendor_headers
from tests.api.storefront import Storefront, open_storefront
from tests.builders import create_vendor_user
from tests.deployment.compose import ROOT
from tests.fixtures.temporal import running_worker
from tests.waiting import eventually
from worker.deployments import ReleaseError, named, release
from workflows.visibility import BUILD

NOBODY_LISTENS = "127.0.0.1:9"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A deployment of this test's own."""
    return settings.model_copy(update={"worker_deployment": f"orders-{uuid.uuid4().hex[:12]}"})


def version(settings: Settings, build_id: str) -> Settings:
    return settings.model_copy(update={"worker_build_id": build_id})


async def place(api: httpx.AsyncClient, storefront: Storefront) -> dict[str, Any]:
    body = storefront.order_request(await storefront.cart([(storefront.mug, 1)]))
    answer = await api.post(f"{storefront.path}/orders", json=body, headers=storefront.headers)
    assert answer.status_code == 201, answer.text
    order: dict[str, Any] = answer.json()
    return order


async def versions(client: Client, order: dict[str, Any]) -> list[str]:
    """Which version did each of the order's workflow tasks."""
    history = await client.get_workflow_handle(order["order_number"]).fetch_history()
    return [
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]


async def test_order_goes_on_with_the_version_that_is_released(
    api: httpx.AsyncClient, settings: Settings, database: Database, temporal_client: Client
) -> None:
    storefront = await open_storefront(database, settings)
    user = await create_vendor_user(database, storefront.vendor)
    deployment = settings.worker_deployment
    async with (
        running_worker(version(settings, "one"), database, temporal_client),
        running_worker(version(settings, "two"), database, temporal_client),
    ):
        await release(temporal_client, deployment=deployment, build_id="one")
        before = await place(api, storefront)
        # Who ordered is answered before the task that placed the order is handed in.
        placed_by = await eventually(lambda: versions(temporal_client, before), bool)
        await release(temporal_client, deployment=deployment, build_id="two")
        until_release = len(await versions(temporal_client, before))
        moved = await api.put(
            f"/api/v1/vendor/orders/{before['id']}/status",
            json={"status": "confirmed"},
            headers=vendor_headers(settings, user),
        )
        after = await place(api, storefront)
        lived_with = await versions(temporal_client, before)
        new = await eventually(lambda: versions(temporal_client, after), bool)

    assert moved.status_code == 200
    assert set(placed_by) == {"one"}
    assert lived_with == sorted(lived_with)
    assert set(lived_with[until_release:]) == {"two"}, "the server still gave it to the version from before"
    assert set(new) == {"two"}


async def test_version_that_nobody_runs_is_not_released(settings: Settings, temporal_client: Client) -> None:
    with pytest.raises(ReleaseError, match="No worker of version ghost polls"):
        await release(temporal_client, deployment=settings.worker_deployment, build_id="ghost", patience=0.1)


async def test_without_a_build_id_workers_are_not_versioned(settings: Settings) -> None:
    assert named(settings) == {"build_id": BUILD}


async def test_release_says_that_temporal_is_away() -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "worker.release", "one"),
        env=own | {"PYTHONPATH": str(ROOT), "ORION_TEMPORAL_ADDRESS": NOBODY_LISTENS},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()

    assert (process.returncode, out) == (1, b"")
    assert b"Temporal did not release it" in err
