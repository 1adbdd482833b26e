"""The reconciliation as a client sees it: started, resumed, watched and stopped."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from local.errors import StackError
from settings import Settings
from worker.schedules import reconciliation
from workflows.reconciliation import ReconcileWorkflow
from workflows.reconciliation_messages import (
    PROGRESS,
    RECONCILE_WORKFLOW,
    RECONCILIATION_ID,
    STOP,
    Progress,
)

Handle = WorkflowHandle[ReconcileWorkflow, Progress]

_PAUSE = 0.4
_LOOK = timedelta(seconds=5)


def _handle(client: Client) -> Handle:
    return client.get_workflow_handle(RECONCILIATION_ID, result_type=Progress)


async def start(client: Client, settings: Settings, *, now: bool) -> Handle:
    """Start a walk, or take the one that runs; `now` compares what has just changed too."""
    given = reconciliation(settings)
    return await _start(client, settings, replace(given, min_age=0.0) if now else given)


async def resume(client: Client, settings: Settings) -> Handle:
    """Go on where the last walk was stopped, or take the one that runs; raises StackError."""
    last = await stopped(client)
    if last is None:
        return _handle(client)
    if last.is_done:
        raise StackError("The last reconciliation came to its end; there is nothing to resume.")
    return await _start(client, settings, replace(reconciliation(settings), progress=last))


async def stopped(client: Client) -> Progress | None:
    """Where the last walk ended; None while it runs. Raises StackError without a usable one."""
    handle = _handle(client)
    try:
        if await is_running(client):
            return None
        return await handle.result(rpc_timeout=_LOOK)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        raise StackError("There was no reconciliation yet.") from None
    except WorkflowFailureError:
        raise StackError("The last reconciliation was broken off; start a new one.") from None


async def is_running(client: Client) -> bool:
    """Whether a walk is under way; raises RPCError NOT_FOUND when there never was one."""
    described = await _handle(client).describe(rpc_timeout=_LOOK)
    return described.close_time is None


async def stop(client: Client) -> None:
    """Have the walk stop after its present page. Raises StackError when none runs or no worker answers."""
    try:
        await _handle(client).execute_update(STOP, result_type=Progress, rpc_timeout=_LOOK)
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        raise StackError("No worker answers; the reconciliation cannot be stopped now.") from None
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        raise StackError("No reconciliation runs.") from None


async def watch(handle: Handle, show: Callable[[Progress | None], None]) -> Progress:
    """Wait for the end, showing how far it is; None is shown while no worker answers."""
    ended = asyncio.ensure_future(handle.result())
    while not ended.done():
        try:
            show(await handle.query(PROGRESS, result_type=Progress, rpc_timeout=_LOOK))
        except (RPCError, WorkflowQueryFailedError):
            show(None)
        await asyncio.wait([ended], timeout=_PAUSE)
    try:
        return ended.result()
    except WorkflowFailureError as error:
        raise StackError(f"The reconciliation broke off: {error.cause}") from None


async def _start(client: Client, settings: Settings, given: object) -> Handle:
    await client.start_workflow(
        RECONCILE_WORKFLOW,
        given,
        id=RECONCILIATION_ID,
        task_queue=settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary="by hand",
    )
    return _handle(client)
