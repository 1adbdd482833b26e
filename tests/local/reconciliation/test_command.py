"""`orion reconcile` as people and programs call it, against a running worker."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import Client

from db.session import Database
from settings import Settings
from tests.builders import create_product, create_vendor
from tests.deployment.compose import ROOT
from tests.waiting import eventually
from workflows.reconciliation_messages import PROGRESS, RECONCILIATION_ID, Progress

PRODUCTS = 60


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


@dataclass(frozen=True)
class Command:
    """The command line for the deployment of this test, in a directory without a stack."""

    settings: Settings
    directory: Path

    async def start(self, *arguments: str, **variables: str) -> asyncio.subprocess.Process:
        own = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "local.cli",
            "reconcile",
            *arguments,
            cwd=self.directory,
            env=own
            | {
                "PYTHONPATH": str(ROOT),
                "ORION_HOME": str(self.directory / "home"),
                "ORION_DATABASE_URL": self.settings.database_url,
                "ORION_TEMPORAL_ADDRESS": self.settings.temporal_address,
                "ORION_TASK_QUEUE": self.settings.task_queue,
                "ORION_RECONCILE_PAGE_SIZE": "1",
            }
            | variables,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *arguments: str, **variables: str) -> Ended:
        return await ended(await self.start(*arguments, **variables))


async def ended(process: asyncio.subprocess.Process) -> Ended:
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest_asyncio.fixture
async def command(
    settings: Settings, database: Database, worker: None, tmp_path: Path
) -> AsyncIterator[Command]:
    """A shop with products and no orders, whose worker runs."""
    vendor = await create_vendor(database)
    for _ in range(PRODUCTS):
        await create_product(database, vendor)
    yield Command(settings, tmp_path)


async def damage(database: Database, *, position: int = PRODUCTS) -> int:
    """Change a counter behind the movements' back, of the product at this place in the walk."""
    async with database.platform() as session:
        changed = await session.execute(
            text(
                "UPDATE inventory SET available_quantity = 99"
                " WHERE product_id = (SELECT product_id FROM inventory"
                " ORDER BY product_id OFFSET :before LIMIT 1) RETURNING product_id"
            ),
            {"before": position - 1},
        )
        product_id: int = changed.scalar_one()
        return product_id


async def test_healthy_shop_is_told_in_a_table_and_ends_with_0(command: Command) -> None:
    told = await command.run(ORION_RECONCILE_PAGE_SIZE="100")
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0].split() == ["Check", "Compared", "Repaired", "Needs", "attention"]
    [stock] = [line.split() for line in lines if line.startswith("Stock, reservations and movements")]
    assert stock[-3:] == [str(PRODUCTS), "0", "0"]
    assert lines[-1] == "Nothing needs attention."


async def test_finding_is_told_with_its_reason_and_ends_with_1(command: Command, database: Database) -> None:
    product = await damage(database)
    told = await command.run(ORION_RECONCILE_PAGE_SIZE="100")
    assert told.code == 1
    assert f"product {product}" in told.out
    assert "stock_differs" in told.out
    assert "available 99, reserved 0; the movements make 10 and 0" in told.out


async def test_json_has_every_check_and_the_open_findings(command: Command, database: Database) -> None:
    product = await damage(database)
    told = await command.run("--json", "--now", ORION_RECONCILE_PAGE_SIZE="100")
    assert told.code == 1
    document = told.document
    assert document["done"] is True
    assert document["checks"]["stock"] == {"compared": PRODUCTS, "repaired": 0, "attention": 1}
    assert set(document["checks"]) == {
        "events",
        "workflows",
        "orphans",
        "money",
        "stock",
        "records",
        "stuck",
    }
    assert (document["repaired"], document["attention"]) == ({}, {"stock_differs": 1})
    [finding] = document["findings"]
    assert (finding["subject"], finding["code"]) == (f"product {product}", "stock_differs")


async def test_ctrl_c_stops_it_and_resume_goes_on_to_the_same_totals(
    command: Command, database: Database, temporal_client: Client
) -> None:
    await damage(database, position=PRODUCTS // 2)
    handle = temporal_client.get_workflow_handle(RECONCILIATION_ID)

    async def stock_pages() -> int:
        described = await handle.describe()
        if described.task_queue != command.settings.task_queue:
            return 0
        progress: Progress = await handle.query(PROGRESS, result_type=Progress)
        return progress.compared.get("stock", 0)

    async def stop_is_known() -> bool:
        events = (await handle.fetch_history()).events
        return any(event.HasField("workflow_execution_update_accepted_event_attributes") for event in events)

    # The walk cannot pass the damage while nobody may note a finding.
    async with database.platform() as session:
        await session.execute(text("LOCK TABLE findings IN SHARE MODE"))
        process = await command.start("--json")
        await eventually(stock_pages, lambda pages: pages >= 2, within=60)
        process.send_signal(signal.SIGINT)
        await eventually(stop_is_known, bool, within=60)
    stopped = await ended(process)
    assert stopped.code == 130, stopped.err
    assert stopped.document["done"] is False
    assert 2 <= stopped.document["checks"]["stock"]["compared"] < PRODUCTS

    resumed = await command.run("--resume", "--json")
    assert resumed.code == 1, resumed.err
    assert resumed.document["as_of"] == stopped.document["as_of"]
    assert resumed.document["checks"]["stock"] == {"compared": PRODUCTS, "repaired": 0, "attention": 1}
    again = await command.run("--resume")
    assert (again.code, "nothing to resume" in again.err) == (1, True)


async def test_nothing_to_stop_is_said(command: Command) -> None:
    told = await command.run(ORION_RECONCILE_PAGE_SIZE="100")
    assert told.code == 0
    stop = await command.run("--stop")
    assert (stop.code, stop.err) == (1, "No reconciliation runs.\n")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ORION_TEMPORAL_ADDRESS": "127.0.0.1:1"}, "Temporal does not answer at 127.0.0.1:1."),
        ({}, "No stack runs in"),
    ],
    ids=["no Temporal", "no deployment"],
)
async def test_deployment_that_is_not_there_is_said(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "local.cli",
        "reconcile",
        cwd=tmp_path,
        env=own | {"PYTHONPATH": str(ROOT), "ORION_HOME": str(tmp_path / "home")} | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told = await ended(process)
    assert told.code == 1
    assert said in told.err
