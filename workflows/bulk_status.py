"""A bulk change of statuses: shift after shift until each order has answered, unless somebody stops it."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.bulk_messages import BulkProgress, BulkShift, MoveBulkJob
    from domain.bulk import BulkState
    from domain.errors import DomainError
    from workflows.bulk_messages import (
        BULK_STATUS_WORKFLOW,
        CANCEL_BULK,
        PAUSE_BULK,
        RESUME_BULK,
        BulkStatus,
    )
    from workflows.refusals import as_failure, refusal_of
    from workflows.steps import (
        BEGIN_BULK_JOB,
        CHANGE_ORDERS,
        FINISH_BULK_JOB,
        MOVE_BULK_JOB,
        store,
    )

_SHIFTS_OF_A_RUN = 100
# How long a job rests after its worker died; a shift gives a sign of life ten times a second.
_SIGN_OF_LIFE = timedelta(seconds=10)
# Beyond the shift's own time: a slow database, and the last orders' answers.
_OVERTIME = timedelta(minutes=2)
# Behind what shoppers wait for, where both wait for the same worker.
_BEHIND_SHOPPERS = Priority(priority_key=5)
_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


@workflow.defn(name=BULK_STATUS_WORKFLOW)
class BulkStatusWorkflow:
    """Ends as Completed with the numbers, also when it was cancelled.

    What is in the job's rows counts: another run, or the same one after an outage, goes on from there.
    """

    @workflow.init
    def __init__(self, given: BulkStatus) -> None:
        self._given = given
        self._state = BulkState.RUNNING
        self._progress: BulkProgress | None = None
        self._moving = asyncio.Lock()

    @workflow.run
    async def run(self, given: BulkStatus) -> BulkProgress:  # noqa: ARG002 -- Temporal hands it to both
        life = asyncio.create_task(self._live())
        while not life.done():
            try:
                await asyncio.shield(life)
            except asyncio.CancelledError:
                # An operator's cancel request in the UI ends the job as its own `cancel` does.
                with suppress(FailureError):
                    await self._move(BulkState.CANCELLED)
        finished = life.result()
        await workflow.wait_condition(workflow.all_handlers_finished)
        if finished is None:
            workflow.continue_as_new(self._given)
        return finished

    async def _live(self) -> BulkProgress | None:
        """The job to its end; None when it goes on in a new run, so that no history grows long."""
        self._note(await store(BEGIN_BULK_JOB, self._given.job, "begin"))
        shifts = 0
        while self._is_open():
            if shifts == _SHIFTS_OF_A_RUN:
                return None
            if self._state == BulkState.PAUSED:
                await workflow.wait_condition(lambda: self._state != BulkState.PAUSED)
                continue
            await self._work(f"shift {shifts + 1}")
            shifts += 1
        finished = await store(FINISH_BULK_JOB, self._given.job, "finish")
        self._note(finished)
        return finished

    def _is_open(self) -> bool:
        """Whether orders are to be begun, or were told and have not answered."""
        return self._progress is None or self._progress.open > 0

    async def _work(self, summary: str) -> None:
        given = self._given
        progress = await workflow.execute_activity(
            CHANGE_ORDERS.name,
            BulkShift(given.job, given.shift, given.patience),
            result_type=CHANGE_ORDERS.answer,
            start_to_close_timeout=timedelta(seconds=given.shift) + _OVERTIME,
            heartbeat_timeout=_SIGN_OF_LIFE,
            retry_policy=_RETRIES,
            priority=_BEHIND_SHOPPERS,
            summary=summary,
        )
        self._note(progress, keep_state=True)

    async def _move(self, wish: BulkState) -> BulkProgress:
        """Have the job in another state, first in its rows, which a shift looks at all the time."""
        async with self._moving:
            before = self._state
            if wish == BulkState.PAUSED and before == BulkState.RUNNING:
                # Otherwise a shift that ends for the pause would be followed by the next one.
                self._state = wish
            try:
                moved = await store(MOVE_BULK_JOB, MoveBulkJob(self._given.job, wish), f"{wish}")
            except FailureError:
                self._state = before
                raise
            self._note(moved)
            return moved

    def _note(self, progress: BulkProgress, *, keep_state: bool = False) -> None:
        self._progress = progress
        if not keep_state:
            self._state = BulkState(progress.state)
        settled = progress.total - progress.open
        lines = [
            f"**{self._state}**: {settled} of {progress.total} orders → {self._given.status}",
            f"- changed: {progress.changed}",
            f"- had the status already: {progress.unchanged}",
            f"- refused: {progress.refused}",
        ]
        if progress.failed:
            lines.append(f"- **did not answer**: {progress.failed}")
        if progress.cancelled:
            lines.append(f"- not begun: {progress.cancelled}")
        workflow.set_current_details("\n".join(lines))

    async def _asked(self, wish: BulkState) -> BulkProgress:
        try:
            return await self._move(wish)
        except FailureError as error:
            refusal: DomainError | None = refusal_of(error)
            raise as_failure(refusal) if refusal is not None else error from None

    @workflow.update(name=PAUSE_BULK, description="Begins no more orders until it is resumed")
    async def pause(self) -> BulkProgress:
        return await self._asked(BulkState.PAUSED)

    @workflow.update(name=RESUME_BULK, description="Goes on after a pause")
    async def resume(self) -> BulkProgress:
        return await self._asked(BulkState.RUNNING)

    @workflow.update(name=CANCEL_BULK, description="Ends the job; what is not begun stays as it is")
    async def cancel(self) -> BulkProgress:
        return await self._asked(BulkState.CANCELLED)
