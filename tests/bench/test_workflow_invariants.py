"""The invariants over workflows notice what they are there to notice, in real histories too."""

from dataclasses import replace
from typing import Any

import pytest
from temporalio.client import Client

from bench.chaos.records import Record, read_records
from bench.chaos.workflow_invariants import check_workflows
from bench.faults.books import Books
from db.session import Database
from settings import Settings
from tests.bench.test_fault_invariants import sound
from tests.fixtures.sandboxes import SandboxProcess
from tests.fixtures.temporal import running_worker
from tests.waiting import eventually
from tests.workflows.faults import FailOnce
from tests.workflows.shop import QUICK, open_shop

SOUND = Record("A-1", "OrderWorkflow", "RUNNING", shown=("confirmed", "paid"))
FAILED = "no workflow or task of one failed"


def broken(record: Record, books: Books | None = None) -> set[str]:
    return {each.name for each in check_workflows([record], books or sound()) if not each.holds}


def test_sound_workflow_breaks_nothing() -> None:
    assert broken(SOUND) == set()
    assert all(invariant.compared for invariant in check_workflows([SOUND], sound()))


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        ({"status": "FAILED"}, FAILED),
        ({"problems": ("category=WorkflowTaskFailed",)}, FAILED),
        ({"failed_tasks": ("NON_DETERMINISTIC_ERROR",)}, FAILED),
        ({"waiting": ("cancel cancel-1",)}, "no accepted update waits for its answer"),
        ({"under_way": ("check_payment",)}, "no workflow is at work any more"),
        ({"shown": ("pending", "paid")}, "operators see what the order is"),
        ({"replays": "it does something else now"}, "every history replays"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_damage_is_noticed(damage: dict[str, Any], name: str) -> None:
    assert broken(replace(SOUND, **damage)) == {name}


@pytest.mark.parametrize("step", ["send_emails", "send_emails_at_once"])
async def test_records_tell_of_a_step_under_way_and_of_repeated_mails(
    settings: Settings, database: Database, temporal_client: Client, stripe_sandbox: SandboxProcess, step: str
) -> None:
    fault = FailOnce(step, "after")
    async with running_worker(settings, database, temporal_client, fault):
        shop = await open_shop(database, settings, temporal_client)
        given = await shop.claim(payment_method="manual", policy=replace(QUICK, mails_at_once=True))
        await (shop.place(given) if step == "send_emails" else shop.start(given))

        async def read() -> list[Record]:
            records = await read_records(temporal_client, settings.task_queue)
            return [each for each in records if each.workflow_id == given.order_number]

        # Temporal lists a workflow a moment after it began.
        [found] = await eventually(
            read, lambda records: any(len(each.sends) == 2 and not each.under_way for each in records)
        )
    assert dict(found.sends) == {"order_received": 2, "vendor_new_order": 2}
    assert (found.kind, found.status, found.shown) == ("OrderWorkflow", "RUNNING", ("pending", "pending"))
    assert (found.problems, found.failed_tasks, found.waiting, found.replays) == ((), (), (), None)
