"""Bare workflows, called directly with the SDK: what Temporal itself takes for an order."""

import itertools

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from bench.bare import MOVES, TASK_QUEUE, BareOrder

_numbers = itertools.count(1)


class BareShop:
    """Takes bare orders through what a shopper and a vendor do."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lives: list[WorkflowHandle[BareOrder, None]] = []

    async def place(self) -> None:
        """Start a workflow and wait for its answer, in one call."""
        await self._place()

    async def live(self) -> None:
        """A whole life. The first move waits for the payment to be booked, so that nobody has to ask."""
        handle = await self._place()
        await handle.signal(BareOrder.payment_changed, handle.id)
        for _ in range(MOVES):
            await handle.execute_update(BareOrder.move, handle.id)
        self._lives.append(handle)

    async def settle(self) -> None:
        """Wait until all lives have ended, which is when their last e-mail would be sent."""
        while self._lives:
            await self._lives.pop().result()

    async def _place(self) -> WorkflowHandle[BareOrder, None]:
        number = f"bare-{next(_numbers):06}"
        start: WithStartWorkflowOperation[BareOrder, None] = WithStartWorkflowOperation(
            BareOrder.run,
            number,
            id=number,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        await self._client.execute_update_with_start_workflow(
            BareOrder.place, id="place", start_workflow_operation=start
        )
        return await start.workflow_handle()
