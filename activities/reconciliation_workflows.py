"""Workflows that failed or cannot make progress: always for a human."""

from datetime import timedelta

from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.order_workflows import OrderWorkflows, TroubledWorkflow
from activities.reconciliation_findings import Tally
from activities.reconciliation_messages import CheckedPage, CheckPage
from db.queries import reconciliation
from db.queries.findings import Subject
from db.session import Database
from domain.findings import Check, Code, Finding
from domain.reconciliation import WorkflowState


class WorkflowReconciliation:
    """The engine's own list of what went wrong."""

    def __init__(self, database: Database, workflows: OrderWorkflows) -> None:
        self._database = database
        self._workflows = workflows

    @activity.defn(name="check_workflows")
    @at_the_boundary
    async def check_workflows(self, given: CheckPage) -> CheckedPage:
        """Look at a page of failed and stuck workflows."""
        page = await self._workflows.list_troubled(
            since=given.as_of - timedelta(seconds=given.lookback), cursor=given.cursor, limit=given.limit
        )
        tally = Tally(self._database, given)
        for troubled in page.workflows:
            activity.heartbeat()
            await self._check(troubled, tally)
        tally.compared(Check.STUCK, number=len(page.workflows))
        return tally.page(page.next_cursor)

    async def _check(self, troubled: TroubledWorkflow, tally: Tally) -> None:
        if troubled.failed and await self._runs_again(troubled):
            return
        async with self._database.platform() as session:
            number = await reconciliation.number_in_use(session, order_number=troubled.order_number)
        if number is None:
            return  # of another database on the same engine
        finding = (
            Finding(Code.WORKFLOW_FAILED, f"the workflow {troubled.workflow_id} failed")
            if troubled.failed
            else Finding(Code.WORKFLOW_STUCK, f"the workflow {troubled.workflow_id} cannot make progress")
        )
        subject = Subject(number.vendor_id, troubled.workflow_id, troubled.order_number, number.order_id)
        await tally.found(subject, finding, repaired=False)

    async def _runs_again(self, troubled: TroubledWorkflow) -> bool:
        own = troubled.workflow_id == troubled.order_number
        look = self._workflows.state if own else self._workflows.after_sale_state
        return await look(troubled.order_number) == WorkflowState.RUNNING
