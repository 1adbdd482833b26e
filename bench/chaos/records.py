"""What Temporal tells of the workflows of a run: how they stand, what they went through, what they show."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHistory
from temporalio.common import SearchAttributeKey
from temporalio.worker import Replayer

from bench.chaos.sendings import sendings
from worker.composition import WORKFLOWS, workflow_runner
from workflows.conversion import DATA_CONVERTER
from workflows.visibility import ORDER_STATUS, PAYMENT_STATUS

# Seconds that a workflow gets to come to rest, and between two looks at it.
_REST = 60.0
_LOOK_AGAIN = 0.5
_AT_A_TIME = 8
_PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
# How a task may fail without anything being wrong with the workflow: news came in while it was at work, or
# its worker had forgotten it.
_HARMLESS = frozenset(
    {
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_UPDATE,
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
    }
)


@dataclass(frozen=True)
class Record:
    """One workflow.

    `problems` is what Temporal complains of, `failed_tasks` why its code failed, `waiting` the updates that
    were accepted and never answered, `under_way` what it is at now, `shown` the statuses that operators see,
    `sends` how often the sending of each e-mail was begun, and `replays` what is wrong when its history is
    run through the code once more.
    """

    workflow_id: str
    kind: str
    status: str
    problems: tuple[str, ...] = ()
    failed_tasks: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()
    shown: tuple[str | None, str | None] = (None, None)
    sends: tuple[tuple[str, int], ...] = ()
    replays: str | None = None


async def read_records(client: Client, task_queue: str) -> list[Record]:
    """Every workflow of a task queue."""
    ids = [found.id async for found in client.list_workflows(f"TaskQueue = '{task_queue}'")]
    room = asyncio.Semaphore(_AT_A_TIME)

    async def read(workflow_id: str) -> tuple[WorkflowExecutionDescription, WorkflowHistory]:
        handle, deadline = client.get_workflow_handle(workflow_id), time.monotonic() + _REST
        while True:
            async with room:
                described = await handle.describe()
                if not _under_way(described) or time.monotonic() > deadline:
                    return described, await handle.fetch_history()
            # It heard of something just now, or backs off from a fault: what rests at last is what counts.
            await asyncio.sleep(_LOOK_AGAIN)

    found = await asyncio.gather(*(read(workflow_id) for workflow_id in ids))
    failures = await _replay([history for _, history in found])
    return [_record(described, history, failures) for described, history in found]


async def _replay(histories: Sequence[WorkflowHistory]) -> dict[str, str]:
    """By run, what keeps a history from being run through the code as it is."""

    async def each() -> AsyncIterator[WorkflowHistory]:
        for history in histories:
            yield history

    replayer = Replayer(
        workflows=WORKFLOWS, data_converter=DATA_CONVERTER, workflow_runner=workflow_runner(sandboxed=False)
    )
    results = await replayer.replay_workflows(each(), raise_on_replay_failure=False)
    return {run: str(error) for run, error in results.replay_failures.items()}


def _under_way(described: WorkflowExecutionDescription) -> list[str]:
    """What a workflow waits for that somebody is doing."""
    raw = described.raw_description
    under_way = [activity.activity_type.name for activity in raw.pending_activities]
    if raw.HasField("pending_workflow_task"):
        under_way.append("workflow task")
    return under_way


def _record(
    described: WorkflowExecutionDescription, history: WorkflowHistory, failures: dict[str, str]
) -> Record:
    shown = described.typed_search_attributes
    return Record(
        workflow_id=described.id,
        kind=described.workflow_type,
        status=(described.status or WorkflowExecutionStatus.RUNNING).name,
        problems=tuple(shown.get(_PROBLEMS) or ()),
        failed_tasks=tuple(_failed_tasks(history)),
        waiting=tuple(_waiting(history)),
        under_way=tuple(_under_way(described)),
        shown=(shown.get(ORDER_STATUS), shown.get(PAYMENT_STATUS)),
        sends=tuple(sendings(history).items()),
        replays=failures.get(described.run_id),
    )


def _failed_tasks(history: WorkflowHistory) -> list[str]:
    failed = [
        event.workflow_task_failed_event_attributes
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]
    return [
        f"{WorkflowTaskFailedCause.Name(each.cause)}: {each.failure.message}"
        for each in failed
        if each.cause not in _HARMLESS
    ]


def _waiting(history: WorkflowHistory) -> list[str]:
    accepted: dict[str, str] = {}
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            request = event.workflow_execution_update_accepted_event_attributes.accepted_request
            accepted[request.meta.update_id] = request.input.name
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            accepted.pop(event.workflow_execution_update_completed_event_attributes.meta.update_id)
    return [f"{name} {update_id}" for update_id, name in accepted.items()]
