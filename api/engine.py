"""Temporal as the API needs it: place, update and signal an order's workflow, with bounded waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    RPCError,
    WithStartWorkflowOperation,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RetryConfig, RPCStatusCode

from api.attempts import Attempts, attempts_of
from domain.errors import EngineUnavailable
from settings import Settings
from workflows.account_messages import (
    ACCOUNT_LINK_WORKFLOW,
    ADMIN_LINK_WORKFLOW,
    STAFF_LINK_WORKFLOW,
    AccountLink,
    AdminLink,
    StaffLink,
    account_link_id,
    admin_link_id,
    staff_link_id,
)
from workflows.bulk_messages import BULK_STATUS_WORKFLOW, BulkStatus, bulk_status_id
from workflows.connecting import connection
from workflows.messages import (
    AFTER_SALE_WORKFLOW,
    ORDER_WORKFLOW,
    PLACE,
    AfterSale,
    OrderInput,
    Placed,
    after_sale_id,
)
from workflows.outages import is_away
from workflows.product_import_messages import (
    PRODUCT_IMPORT_WORKFLOW,
    ProductImportInput,
    product_import_id,
)
from workflows.refusals import refusal_of
from workflows.thread_messages import MESSAGE_WORKFLOW, MessageMail, message_workflow_id
from workflows.visibility import details, starting_attributes, summary

Answer = TypeVar("Answer")

# An update that was accepted when its workflow ended is answered with this type by the server.
_ENDED_MEANWHILE = "AcceptedUpdateCompletedWorkflow"
_FAILURES = (WorkflowUpdateFailedError, WorkflowAlreadyStartedError, RPCError, RuntimeError)
_RETRIES = RetryConfig(max_elapsed_time_millis=3_000, max_retries=8)
_LOOK = timedelta(seconds=2)
_GLANCE = timedelta(seconds=0.5)
# An overloaded server sometimes notes a task as begun and loses it on the way to the worker. Then nothing
# happens until this is over, and a shopper waits. Temporal's choice is ten seconds; slow steps prolong it.
_TASK_TIMEOUT = timedelta(seconds=5)


class EngineSlow(Exception):  # noqa: N818 - it is no failure: the request is under way, its answer is not here yet
    """The workflow has the request, or will get it, and did not answer in time."""


class WorkflowGone(Exception):  # noqa: N818 - a fact about the order, which has ended
    """There is no running workflow under this order number."""


class Engine:
    """The way to the orders' workflows.

    Connects on the first call and again after an outage, so that the API starts and serves reads while
    Temporal is down. Every call waits at most `timeout` seconds. Refusals come back as the domain errors
    they were; EngineUnavailable, EngineSlow and WorkflowGone as named.
    """

    def __init__(self, settings: Settings, *, client: Client | None = None) -> None:
        self._settings = settings
        self._client = client
        self._timeout = timedelta(seconds=settings.place_timeout)

    async def place(self, order: OrderInput) -> Placed:
        """Start the order's workflow unless it has been, and wait until the order is placed or refused."""
        window = timedelta(seconds=order.policy.payment_window)
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            ORDER_WORKFLOW,
            order,
            id=order.order_number,
            task_queue=self._settings.task_queue,
            task_timeout=_TASK_TIMEOUT,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=starting_attributes(
                order, datetime.now(UTC) + window, versioned=self._settings.worker_build_id is not None
            ),
            static_summary=summary(order),
            static_details=details(order),
        )
        try:
            async with self._calling() as client:
                placed: Placed = await client.execute_update_with_start_workflow(
                    PLACE,
                    start_workflow_operation=start,
                    id=PLACE,
                    result_type=Placed,
                    rpc_timeout=self._timeout,
                )
        except EngineSlow:
            # Not answered in time may also mean never received; only a started workflow may be promised.
            if not await self.is_known(order.order_number):
                raise _away() from None
            raise
        return placed

    async def update(
        self, workflow_id: str, name: str, *arguments: object, update_id: str, answer: type[Answer]
    ) -> Answer:
        """Ask a workflow, as an order's by its number, for something and wait for what became of it.

        EngineSlow means that it was accepted and will happen; one that no worker took up in time may be
        lost and counts as EngineUnavailable.
        """
        async with self._calling() as client:
            try:
                asked = await client.get_workflow_handle(workflow_id).start_update(
                    name,
                    args=arguments,
                    id=update_id,
                    wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                    result_type=answer,
                    rpc_timeout=self._timeout,
                )
            except WorkflowUpdateRPCTimeoutOrCancelledError:
                raise _away() from None
            result: Answer = await asked.result(rpc_timeout=self._timeout)
        return result

    async def signal(self, order_number: str, name: str, argument: object) -> None:
        """Tell the order's workflow something; it is safely handed over on return."""
        async with self._calling() as client:
            await client.get_workflow_handle(order_number).signal(name, argument, rpc_timeout=self._timeout)

    async def signal_after_sale(self, order: AfterSale, name: str, argument: object) -> None:
        """Tell the workflow that takes up an ended order something, and start it unless it runs."""
        async with self._calling() as client:
            await client.start_workflow(
                AFTER_SALE_WORKFLOW,
                order,
                id=after_sale_id(order.order_number),
                task_queue=self._settings.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=name,
                start_signal_args=[argument],
                rpc_timeout=self._timeout,
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
        async with self._calling() as client:
            result: Answer = await client.execute_update_with_start_workflow(
                name,
                argument,
                start_workflow_operation=start,
                id=update_id,
                result_type=answer,
                rpc_timeout=self._timeout,
            )
        return result

    async def mail_message(self, mail: MessageMail) -> None:
        """Have a message mailed; once, however often it is asked for."""
        async with self._calling() as client, asyncio.timeout(_LOOK.total_seconds()):
            await client.start_workflow(
                MESSAGE_WORKFLOW,
                mail,
                id=message_workflow_id(mail),
                task_queue=self._settings.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                rpc_timeout=_LOOK,
            )

    async def send_account_link(self, given: AccountLink) -> None:
        """Have somebody's link mailed, unless one was asked for within the minute."""
        await self._mail_link(ACCOUNT_LINK_WORKFLOW, given, account_link_id(given))

    async def send_staff_link(self, given: StaffLink) -> None:
        """Have the link of one of a vendor's people mailed, unless one was asked for within the minute."""
        await self._mail_link(STAFF_LINK_WORKFLOW, given, staff_link_id(given))

    async def send_admin_link(self, given: AdminLink) -> None:
        """Have the link of an admin of the platform mailed, unless one was asked for within the minute."""
        await self._mail_link(ADMIN_LINK_WORKFLOW, given, admin_link_id(given))

    async def _mail_link(
        self, workflow: str, given: AccountLink | StaffLink | AdminLink, workflow_id: str
    ) -> None:
        try:
            async with self._calling() as client:
                await client.start_workflow(
                    workflow,
                    given,
                    id=workflow_id,
                    task_queue=self._settings.task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    rpc_timeout=self._timeout,
                )
        except EngineSlow:
            raise _away() from None

    async def start_bulk_status(self, job: BulkStatus, summary: str) -> None:
        """Have a bulk change worked through, unless it is; it goes on where its rows say that it was."""
        try:
            async with self._calling() as client:
                await client.start_workflow(
                    BULK_STATUS_WORKFLOW,
                    job,
                    id=bulk_status_id(job.job_id),
                    task_queue=self._settings.task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    static_summary=summary,
                    rpc_timeout=self._timeout,
                )
        except EngineSlow:
            raise _away() from None

    async def import_products(self, given: ProductImportInput) -> None:
        """Have a stored file checked; once, however often it is asked for."""
        try:
            async with self._calling() as client:
                await client.start_workflow(
                    PRODUCT_IMPORT_WORKFLOW,
                    given,
                    id=product_import_id(given.import_id),
                    task_queue=self._settings.task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    rpc_timeout=self._timeout,
                )
        except EngineSlow:
            raise _away() from None

    async def is_known(self, order_number: str) -> bool:
        """Whether Temporal has, or still remembers, the order's workflow. Raises EngineUnavailable."""
        try:
            async with self._calling() as client:
                await client.get_workflow_handle(order_number).describe(rpc_timeout=_LOOK)
        except WorkflowGone:
            return False
        except EngineSlow:
            raise _away() from None
        return True

    async def attempts(self, order_number: str) -> Attempts | None:
        """What the order's workflow, or the one that took it up again, is trying outside the house.

        None when that is nothing, and when Temporal does not tell within half a second: no read fails for it.
        """
        try:
            async with asyncio.timeout(_GLANCE.total_seconds()):
                client = await self._connected()
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
            async with self._calling() as client:
                await client.service_client.check_health(timeout=_LOOK)
        except EngineSlow:
            raise _away() from None

    async def _connected(self) -> Client:
        if self._client is None:
            given = connection(self._settings)
            given |= {"retry_config": _RETRIES, "connect_timeout": _LOOK, "lazy": True}
            self._client = await Client.connect(**given)
        return self._client

    @asynccontextmanager
    async def _calling(self) -> AsyncIterator[Client]:
        """The client; its many kinds of failure become the few that the API knows."""
        try:
            async with asyncio.timeout(self._timeout.total_seconds() + 1):
                yield await self._connected()
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError) as error:
            raise EngineSlow from error
        except _FAILURES as error:
            raise _meaning(error) from error


async def _describe(client: Client, workflow_id: str) -> WorkflowExecutionDescription | None:
    """A workflow as Temporal describes it; None when there is none, or none any more."""
    try:
        return await client.get_workflow_handle(workflow_id).describe(rpc_timeout=_GLANCE)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None


def _meaning(error: Exception) -> Exception:
    """What a failed call to Temporal says about the order or the engine; the error itself when nothing."""
    if isinstance(error, WorkflowUpdateFailedError):
        cause = error.cause
        ended = isinstance(cause, ApplicationError) and cause.type == _ENDED_MEANWHILE
        return WorkflowGone() if ended else refusal_of(cause) or error
    if isinstance(error, WorkflowAlreadyStartedError):
        return WorkflowGone()
    if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
        return WorkflowGone()
    return _away() if is_away(error) else error


def _away() -> EngineUnavailable:
    return EngineUnavailable("The order system does not answer at the moment; please try again.")
