"""The workflows of bulk changes and imports, begun through a Temporal client."""

from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from workflows.bulk_messages import BULK_STATUS_WORKFLOW, BulkStatus, bulk_status_id, bulk_summary
from workflows.product_import_messages import (
    PRODUCT_IMPORT_WORKFLOW,
    ProductImportInput,
    product_import_id,
)


class TemporalJobWorkflows:
    """The JobWorkflows of one task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def bulk_change_runs(self, job_id: int) -> bool:
        """See JobWorkflows."""
        try:
            described = await self._client.get_workflow_handle(bulk_status_id(job_id)).describe()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False
        return described.status == WorkflowExecutionStatus.RUNNING

    async def begin_bulk_change(self, *, vendor_id: int, job_id: int, status: str, total: int) -> bool:
        """See JobWorkflows."""
        return await self._begin(
            BULK_STATUS_WORKFLOW,
            BulkStatus(vendor_id, job_id, status),
            id=bulk_status_id(job_id),
            static_summary=bulk_summary(total, status),
        )

    async def begin_import(self, *, vendor_id: int, import_id: int) -> bool:
        """See JobWorkflows."""
        given = ProductImportInput(vendor_id, import_id)
        return await self._begin(PRODUCT_IMPORT_WORKFLOW, given, id=product_import_id(import_id))

    async def _begin(self, workflow: str, given: object, **options: Any) -> bool:  # noqa: ANN401 -- handed on
        try:
            await self._client.start_workflow(workflow, given, task_queue=self._task_queue, **options)
        except WorkflowAlreadyStartedError:
            return False
        return True
