"""Temporal as the API needs it: place, update and signal an order's workflow, with bounded waits."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    RPCError,
    WithStartWorkflowOperation,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCStatusCode

from api.attempts import Attempts, attempts_of
from api.engine_connection import Connection
from api.engine_failures import EngineSlow, WorkflowGone, away
from api.order_start import start_operation, start_options
from settings import Settings
from workflows.messages import (
    AFTER_SALE_WORKFLOW,
    ORDER_WORKFLOW,
    PLACE,
    AfterSale,
    OrderInput,
    Placed,
    after_sale_id,
)

Answer = TypeVar("Answer")

_LOOK = timedelta(seconds=2)
_GLANCE = timedelta(seconds=0.5)


class Engine:
    """The way to the orders' workflows.

    Connects on the first call and again after an outage, so that the API starts and serves reads while
    Temporal is down. Every call waits at most `timeout` seconds. Refusals come back as the domain errors
    they were; EngineUnavailable, EngineSlow and WorkflowGone as named.
    """

    def __init__(self, settings: Settings, *, client: Client | None = None) -> None:
        self._settings = settings
        self._connection = Connection(settings, client)

    @property
    def timeout(self) -> timedelta:
        """The longest that a call waits."""
        return self._connection.timeout

    async def start_order(self, order: OrderInput) -> None:
        """Start the order's workflow unless it has been; what becomes of the placement is not waited for."""

        async def ask(client: Client, within: timedelta) -> None:
            options = start_options(order, self._settings)
            await client.start_workflow(ORDER_WORKFLOW, order, **options, rpc_timeout=within)

        await self._beginning(order, ask)

    async def place(self, order: OrderInput) -> Placed:
        """Start the order's workflow unless it has been, and wait until the order is placed or refused."""

        async def ask(client: Client, within: timedelta) -> Placed:
            placed: Placed = await client.execute_update_with_start_workflow(
                PLACE,
                start_workflow_operation=start_operation(order, self._settings),
                id=PLACE,
                result_type=Placed,
                rpc_timeout=within,
            )
            return placed

        return await self._beginning(order, ask)

    async def _beginning(
        self, order: OrderInput, ask: Callable[[Client, timedelta], Awaitable[Answer]]
    ) -> Answer:
        try:
            return await self._connection.insisting(ask)
        except EngineSlow:
            # Not answered in time may also mean never received; only a started workflow may be promised.
            if not await self.is_known(order.order_number):
                raise away() from None
            raise

    async def update(
        self, workflow_id: str, name: str, *arguments: object, update_id: str, answer: type[Answer]
    ) -> Answer:
        """Ask a workflow, as an order's by its number, for something and wait for what became of it.

        EngineSlow means that it was accepted and will happen; one that no worker took up in time may be
        lost and counts as EngineUnavailable.
        """

        async def ask(client: Client, within: timedelta) -> Answer:
            try:
                asked = await client.get_workflow_handle(workflow_id).start_update(
                    name,
                    args=arguments,
                    id=update_id,
                    wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                    result_type=answer,
                    rpc_timeout=within,
                )
            except WorkflowUpdateRPCTimeoutOrCancelledError as error:
                raise away() from error
            result: Answer = await asked.result(rpc_timeout=within)
            return result

        return await self._connection.insisting(ask)

    async def start(
        self,
        workflow: str,
        given: object,
        *,
        workflow_id: str,
        summary: str | None = None,
        once: bool = False,
        within: timedelta | None = None,
    ) -> None:
        """Start a workflow unless it runs; `once`, unless it ever did and did not fail.

        Raises EngineUnavailable, also when nothing is heard `within` the time.
        """
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE
        try:
            async with self._connection.calling(within) as client:
                await client.start_workflow(
                    workflow,
                    given,
                    id=workflow_id,
                    task_queue=self._settings.task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY if once else reuse,
                    static_summary=summary,
                    rpc_timeout=within or self._connection.timeout,
                )
        except EngineSlow:
            raise away() from None

    async def signal(self, order_number: str, name: str, argument: object) -> None:
        """Tell the order's workflow something; it is safely handed over on return."""
        async with self._connection.calling() as client:
            await client.get_workflow_handle(order_number).signal(
                name, argument, rpc_timeout=self._connection.timeout
            )

    async def signal_after_sale(self, order: AfterSale, name: str, argument: object) -> None:
        """Tell the workflow that takes up an ended order something, and start it unless it runs."""
        async with self._connection.calling() as client:
            await client.start_workflow(
                AFTER_SALE_WORKFLOW,
                order,
                id=after_sale_id(order.order_number),
                task_queue=self._settings.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=name,
                start_signal_args=[argument],
                rpc_timeout=self._connection.timeout,
            )

    async def update_after_sale(
        self, order: AfterSale, name: str, argument: object, *, update_id: str, answer: type[Answer]
    ) -> Answer:
        """Ask the workflow that takes up an ended order for something, and start it unless it runs."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            AFTER_SALE_WORKFLOW,
            order,
            id=after_sale_id(order.order_number),
            task_queue=self._settings.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        async with self._connection.calling() as client:
            result: Answer = await client.execute_update_with_start_workflow(
                name,
                argument,
                start_workflow_operation=start,
                id=update_id,
                result_type=answer,
                rpc_timeout=self._connection.timeout,
            )
        return result

    async def is_known(self, order_number: str) -> bool:
        """Whether Temporal has, or still remembers, the order's workflow. Raises EngineUnavailable."""
        try:
            async with self._connection.calling() as client:
                await client.get_workflow_handle(order_number).describe(rpc_timeout=_LOOK)
        except WorkflowGone:
            return False
        except EngineSlow:
            raise away() from None
        return True

    async def attempts(self, order_number: str) -> Attempts | None:
        """What the order's workflow, or the one that took it up again, is trying outside the house.

        None when that is nothing, and when Temporal does not tell within half a second: no read fails for it.
        """
        try:
            async with asyncio.timeout(_GLANCE.total_seconds()):
                client = await self._connection.client()
                for workflow_id in (order_number, after_sale_id(order_number)):
                    described = await _describe(client, workflow_id)
                    if described is not None and described.status == WorkflowExecutionStatus.RUNNING:
                        return attempts_of(described)
        except (TimeoutError, RPCError, RuntimeError):
            return None
        return None

    async def ping(self) -> None:
        """Raise EngineUnavailable when Temporal does not answer."""
        try:
            async with self._connection.calling() as client:
                await client.service_client.check_health(timeout=_LOOK)
        except EngineSlow:
            raise away() from None


async def _describe(client: Client, workflow_id: str) -> WorkflowExecutionDescription | None:
    """A workflow as Temporal describes it; None when there is none, or none any more."""
    try:
        return await client.get_workflow_handle(workflow_id).describe(rpc_timeout=_GLANCE)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None
