"""Replaying an order's history and noting which steps its workflow asked for, with what came of them.

A local activity's marker has its answer and not its input; the workflow's code, run again over the history,
makes the input anew.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from workflows.after_sale import AfterSaleWorkflow
from workflows.conversion import DATA_CONVERTER
from workflows.order import OrderWorkflow


@dataclass
class AskedStep:
    """A step that a workflow asked for at a moment; `done` once the history has its answer."""

    name: str
    given: Any
    at: datetime
    done: bool = False
    answer: Any = None

    def settle(self, task: "asyncio.Future[Any]") -> None:
        """Take in how it ended; one that was refused had no effect, one without an end is the workflow's."""
        if not task.cancelled() and task.exception() is None:
            self.done, self.answer = True, task.result()


@dataclass
class Recording:
    """What one run of a workflow was given and asked for; `problem` where it could not be replayed."""

    given: Any = None
    steps: list[AskedStep] = field(default_factory=list)
    problem: str | None = None


async def record(histories: list[WorkflowHistory]) -> list[Recording]:
    """Replay histories; one recording for each, in the same order."""
    recorder = _Recorder()
    replayer = Replayer(
        workflows=[OrderWorkflow, AfterSaleWorkflow],
        data_converter=DATA_CONVERTER,
        interceptors=[recorder],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    result = await replayer.replay_workflows(_each(histories), raise_on_replay_failure=False)
    for run_id, failure in result.replay_failures.items():
        recorder.of_run(run_id).problem = type(failure).__name__
    return [recorder.of_run(history.run_id) for history in histories]


async def _each(histories: list[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


class _Recorder(Interceptor):
    """Keeps a recording for each run."""

    def __init__(self) -> None:
        self._recordings: dict[str, Recording] = {}

    def of_run(self, run_id: str) -> Recording:
        return self._recordings.setdefault(run_id, Recording())

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 -- the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        recorder = self

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(_Outbound(outbound, recorder))

            async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002, ANN401
                recorder.of_run(workflow.info().run_id).given = input.args[0]
                return await super().execute_workflow(input)

        return Inbound


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, following: WorkflowOutboundInterceptor, recorder: _Recorder) -> None:
        super().__init__(following)
        self._recorder = recorder

    def start_activity(self, input: StartActivityInput) -> "workflow.ActivityHandle[Any]":  # noqa: A002
        return self._note(input, super().start_activity(input))

    def start_local_activity(
        self,
        input: StartLocalActivityInput,  # noqa: A002
    ) -> "workflow.ActivityHandle[Any]":
        return self._note(input, super().start_local_activity(input))

    def _note(
        self,
        asked: StartActivityInput | StartLocalActivityInput,
        handle: "workflow.ActivityHandle[Any]",
    ) -> "workflow.ActivityHandle[Any]":
        step = AskedStep(asked.activity, asked.args[0], workflow.now())
        self._recorder.of_run(workflow.info().run_id).steps.append(step)
        handle.add_done_callback(step.settle)
        return handle
