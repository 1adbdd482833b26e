"""The orders' workflows, asked and told through a Temporal client."""

import base64
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.gateways.order_workflows import TroubledPage, TroubledWorkflow
from domain.lifecycle import ActorType
from domain.reconciliation import WorkflowState
from workflows.messages import (
    AFTER_SALE_WORKFLOW,
    ATTENTION,
    CHANGE_STATUS_LATER,
    ORDER_WORKFLOW,
    PAYMENT_CHANGED,
    Actor,
    AfterSale,
    Attention,
    PaymentNotice,
    StatusChange,
    after_sale_id,
)
from workflows.reconciliation_messages import RECONCILIATION_ID
from workflows.thread_messages import MESSAGE_WORKFLOW, message_mail, message_workflow_id

_NEWS = PaymentNotice(RECONCILIATION_ID, RECONCILIATION_ID)
_PATIENCE = timedelta(seconds=10)
_SUFFIX = after_sale_id("")
_PROBLEMS = "'category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut'"


class TemporalOrderWorkflows:
    """The OrderWorkflows of one task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def state(self, order_number: str) -> WorkflowState:
        """See OrderWorkflows."""
        return await self._state(order_number)

    async def after_sale_state(self, order_number: str) -> WorkflowState:
        """See OrderWorkflows."""
        return await self._state(after_sale_id(order_number))

    async def tell_payment_changed(self, order_number: str) -> bool:
        """See OrderWorkflows."""
        return await self._signal(order_number, PAYMENT_CHANGED, _NEWS)

    async def take_up_again(self, *, vendor_id: int, vendor_code: str, order_number: str) -> None:
        """See OrderWorkflows."""
        await self._client.start_workflow(
            AFTER_SALE_WORKFLOW,
            AfterSale(vendor_id, vendor_code, order_number),
            id=after_sale_id(order_number),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=PAYMENT_CHANGED,
            start_signal_args=[_NEWS],
        )

    async def mail_message(
        self, *, vendor_id: int, order_id: int, order_number: str, message_id: int, author: ActorType
    ) -> bool:
        """See OrderWorkflows."""
        mail = message_mail(
            vendor_id=vendor_id,
            order_id=order_id,
            order_number=order_number,
            message_id=message_id,
            author=author,
        )
        try:
            await self._client.start_workflow(
                MESSAGE_WORKFLOW, mail, id=message_workflow_id(mail), task_queue=self._task_queue
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def change_status_later(
        self, order_number: str, *, status: str, user_id: int, command_id: int
    ) -> bool:
        """See OrderWorkflows."""
        change = StatusChange(status, Actor(ActorType.VENDOR, user_id), command_id)
        return await self._signal(order_number, CHANGE_STATUS_LATER, change)

    async def tell_attention(self, order_number: str, codes: list[str]) -> None:
        """See OrderWorkflows."""
        told = Attention(codes)
        if not await self._signal(order_number, ATTENTION, told):
            await self._signal(after_sale_id(order_number), ATTENTION, told)

    async def list_troubled(self, *, since: datetime, cursor: str | None, limit: int) -> TroubledPage:
        """See OrderWorkflows; the cursor is Temporal's page token."""
        failed = f"(ExecutionStatus = 'Failed' AND CloseTime >= '{since.astimezone(UTC).isoformat()}')"
        stuck = f"(ExecutionStatus = 'Running' AND TemporalReportedProblems IN ({_PROBLEMS}))"
        found = self._client.list_workflows(
            f"TaskQueue = '{self._task_queue}'"
            f" AND WorkflowType IN ('{ORDER_WORKFLOW}', '{AFTER_SALE_WORKFLOW}')"
            f" AND ({failed} OR {stuck})",
            page_size=limit,
            next_page_token=base64.b64decode(cursor) if cursor else None,
        )
        await found.fetch_next_page()
        workflows = tuple(
            TroubledWorkflow(
                workflow_id=execution.id,
                order_number=execution.id.removesuffix(_SUFFIX),
                failed=execution.status == WorkflowExecutionStatus.FAILED,
            )
            for execution in found.current_page or ()
        )
        token = found.next_page_token
        return TroubledPage(workflows, base64.b64encode(token).decode() if token else None)

    async def _state(self, workflow_id: str) -> WorkflowState:
        try:
            described = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return WorkflowState.ABSENT
        running = described.status == WorkflowExecutionStatus.RUNNING
        return WorkflowState.RUNNING if running else WorkflowState.ENDED

    async def _signal(self, workflow_id: str, name: str, argument: object) -> bool:
        try:
            await self._client.get_workflow_handle(workflow_id).signal(name, argument, rpc_timeout=_PATIENCE)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True
