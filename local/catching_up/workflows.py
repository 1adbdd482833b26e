"""Which workflows Temporal has since the backup, and what their histories tell."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from local.catching_up.recording import AskedStep, record
from workflows.bulk_messages import BULK_STATUS_WORKFLOW
from workflows.messages import AFTER_SALE_WORKFLOW, ORDER_WORKFLOW, after_sale_id
from workflows.product_import_messages import PRODUCT_IMPORT_WORKFLOW
from workflows.thread_messages import MESSAGE_WORKFLOW

_AFTER_SALE = after_sale_id("")
_NUMBER = re.compile(r"(?P<prefix>.+)-(?P<day>\d{8})-(?P<number>\d{5,})")
_OTHERS = (BULK_STATUS_WORKFLOW, MESSAGE_WORKFLOW, PRODUCT_IMPORT_WORKFLOW)


@dataclass
class OrderRuns:
    """The workflow of an order and those that took it up after its end, oldest first."""

    order_number: str
    executions: list[WorkflowExecution] = field(default_factory=list)

    @property
    def began(self) -> datetime:
        """When the first of them was started."""
        return self.executions[0].start_time

    @property
    def running(self) -> list[WorkflowExecution]:
        """Those that are not over."""
        return [each for each in self.executions if each.status == WorkflowExecutionStatus.RUNNING]


@dataclass(frozen=True)
class OrderStory:
    """What an order's workflow was given and has done, step by step."""

    runs: OrderRuns
    given: Any
    steps: list[AskedStep]
    problem: str | None

    @property
    def done(self) -> Iterator[AskedStep]:
        """The steps that had their effect, as they were asked for."""
        return (step for step in self.steps if step.done)


async def list_orders(client: Client, task_queue: str, since: datetime | None) -> list[OrderRuns]:
    """All orders whose workflows run, or ended since then, by their number."""
    found: dict[str, OrderRuns] = {}
    kinds = f"WorkflowType IN ('{ORDER_WORKFLOW}', '{AFTER_SALE_WORKFLOW}')"
    async for execution in client.list_workflows(_query(task_queue, kinds, since)):
        number = execution.id.removesuffix(_AFTER_SALE)
        found.setdefault(number, OrderRuns(number)).executions.append(execution)
    for runs in found.values():
        runs.executions.sort(key=lambda execution: (execution.start_time, execution.id))
    return [found[number] for number in sorted(found)]


async def list_other_running(client: Client, task_queue: str, since: datetime) -> list[WorkflowExecution]:
    """Workflows beside the orders' that were begun since then and run: their rows are lost."""
    kinds = ", ".join(f"'{kind}'" for kind in _OTHERS)
    query = (
        f"TaskQueue = '{task_queue}' AND WorkflowType IN ({kinds})"
        f" AND ExecutionStatus = 'Running' AND StartTime >= '{_moment(since)}'"
    )
    return [execution async for execution in client.list_workflows(query)]


def _query(task_queue: str, kinds: str, since: datetime | None) -> str:
    every = f"TaskQueue = '{task_queue}' AND {kinds}"
    if since is None:
        return every
    return f"{every} AND (ExecutionStatus = 'Running' OR CloseTime >= '{_moment(since)}')"


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


async def tell_stories(client: Client, orders: Sequence[OrderRuns]) -> AsyncIterator[OrderStory]:
    """Fetch and replay the histories of some orders."""
    executions = [execution for runs in orders for execution in runs.executions]
    histories = [
        await client.get_workflow_handle(execution.id, run_id=execution.run_id).fetch_history()
        for execution in executions
    ]
    recorded = iter(await record(histories))
    for runs in orders:
        recordings = [next(recorded) for _ in runs.executions]
        steps = [step for recording in recordings for step in recording.steps]
        problems = [recording.problem for recording in recordings if recording.problem is not None]
        first = recordings[0] if runs.executions[0].id == runs.order_number else None
        yield OrderStory(
            runs,
            given=first.given if first else None,
            steps=sorted(steps, key=lambda step: step.at),
            problem=problems[0] if problems else None,
        )


def highest_numbers(order_numbers: Iterable[str]) -> dict[tuple[str, date], int]:
    """The highest order number of each prefix and day."""
    highest: dict[tuple[str, date], int] = {}
    for order_number in order_numbers:
        found = _NUMBER.fullmatch(order_number)
        if found is None:
            continue
        try:
            day = datetime.strptime(found["day"], "%Y%m%d").replace(tzinfo=UTC).date()
        except ValueError:
            continue
        key = (found["prefix"], day)
        highest[key] = max(highest.get(key, 0), int(found["number"]))
    return highest
