"""What makes a worker's process die, or lose its database, at one moment of one step."""

import asyncio
import json
import os
import signal
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from asyncpg.connection import Connection  # type: ignore[import-untyped]  # as above
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from tests.workflows.dying.boundaries import CUTS, TRANSACTIONS, Boundary, Moment, Step

# How soon the server gives up an attempt whose worker died; an order waits for that.
_ATTEMPT = timedelta(seconds=4)
_ENDED = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: "activity_task_completed_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: "activity_task_failed_event_attributes",
}
_commits: ContextVar[list[None] | None] = ContextVar("commits", default=None)
# SQLAlchemy's transactions and those on the driver itself end in this alike.
_execute = Connection.execute


@dataclass
class Doom(Interceptor):
    """Strikes once; `struck` is the file that says so, with what is wrong with the table of transactions."""

    boundary: Boundary
    struck: Path
    client: Client | None = None
    _done: bool = field(default=False, init=False)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _Steps(next, self)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 -- the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        return _Hurried

    def watch_commits(self) -> None:
        """Count the transactions of each step, and lose the connection at the one that is meant."""
        doom = self

        async def execute(connection: Connection, query: str, *args: Any, **options: Any) -> str:  # noqa: ANN401 -- the driver's
            if not query.rstrip(";").endswith("COMMIT"):
                return str(await _execute(connection, query, *args, **options))
            commits = _commits.get()
            if commits is None or not doom.hits():
                return str(await _execute(connection, query))
            commits.append(None)
            moment = doom.boundary.moment
            if moment not in CUTS or len(commits) != doom.boundary.transaction or doom._done:
                return str(await _execute(connection, query))
            doom.strike()
            if moment is Moment.COMMITTED:
                await _execute(connection, query)
            connection.terminate()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

        Connection.execute = execute

    def hits(self) -> bool:
        """Whether the step under way is the one."""
        info = activity.info()
        return Step(info.workflow_type or "", info.activity_type) == self.boundary.step

    def strike(self, complaint: str = "") -> None:
        """Note that it happens."""
        self._done = True
        self.struck.write_text(complaint)

    def die(self, complaint: str = "") -> None:
        """Note it, and end the process as the system ends one."""
        self.strike(complaint)
        os.kill(os.getpid(), signal.SIGKILL)

    async def see_acknowledged(self, info: activity.Info, complaint: str) -> None:
        """Die once the history has the answer of this attempt."""
        assert self.client is not None
        assert info.workflow_id is not None
        handle = self.client.get_workflow_handle(info.workflow_id, run_id=info.workflow_run_id)
        while not _is_acknowledged(await handle.fetch_history(), info):  # noqa: ASYNC110 -- for Temporal
            await asyncio.sleep(0.01)
        self.die(complaint)


class _Steps(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, doom: Doom) -> None:
        super().__init__(following)
        self._doom = doom

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        doom, moment = self._doom, self._doom.boundary.moment
        commits: list[None] = []
        _commits.set(commits)
        if not doom.hits() or doom._done or moment in CUTS:
            return await self.next.execute_activity(input)
        if moment is Moment.BEFORE:
            doom.die()
        complaint = ""
        try:
            answer = await self.next.execute_activity(input)
            expected = TRANSACTIONS[doom.boundary.step.name]
            if len(commits) != expected:
                complaint = f"{doom.boundary.step.name} took {len(commits)} transactions, not {expected}"
        finally:
            if moment is Moment.AFTER:
                doom.die(complaint)
            doom._done = True
            _watching.add(asyncio.create_task(doom.see_acknowledged(activity.info(), complaint)))
        return answer


_watching: set[asyncio.Task[None]] = set()


class _Hurried(WorkflowInboundInterceptor):
    """Gives up an attempt early; in production that takes a minute."""

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Hurry(outbound))


class _Hurry(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        input.start_to_close_timeout = _ATTEMPT
        return super().start_activity(input)


def _is_acknowledged(history: Any, info: activity.Info) -> bool:  # noqa: ANN401 -- the SDK's history
    scheduled: dict[int, str] = {}
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            scheduled[event.event_id] = event.activity_task_scheduled_event_attributes.activity_id
        ended = _ENDED.get(event.event_type)
        if ended is not None and scheduled[getattr(event, ended).scheduled_event_id] == info.activity_id:
            return True
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED and info.is_local:
            details = event.marker_recorded_event_attributes.details
            if "data" in details:
                told = json.loads(details["data"].payloads[0].data)
                if told.get("activity_id") == info.activity_id:
                    return True
    return False
