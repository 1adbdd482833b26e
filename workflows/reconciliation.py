"""Reconciliation: walk orders, Stripe, stock and workflows in pages, mend what is safe, report the rest."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.reconciliation_messages import CheckedPage, CheckPage
    from workflows.reconciliation_messages import (
        PROGRESS,
        RECONCILE_WORKFLOW,
        RECONCILIATION_ID,
        SCHEDULED_RECONCILIATION,
        STOP,
        Progress,
        Reconciliation,
    )
    from workflows.steps import (
        CHECK_BULK_JOBS,
        CHECK_MESSAGES,
        CHECK_ORDERS,
        CHECK_PAYMENTS,
        CHECK_PLACEMENTS,
        CHECK_PRODUCT_IMPORTS,
        CHECK_RESERVATIONS,
        CHECK_STOCK,
        CHECK_WORKFLOWS,
        SETTLE_FINDINGS,
        walk,
    )

# Placements first: what is withdrawn leaves orphans and reservations behind. Findings last: what was not seen
# again on the whole way is resolved.
_STAGES = (
    CHECK_PLACEMENTS,
    CHECK_ORDERS,
    CHECK_PAYMENTS,
    CHECK_RESERVATIONS,
    CHECK_STOCK,
    CHECK_WORKFLOWS,
    CHECK_MESSAGES,
    CHECK_BULK_JOBS,
    CHECK_PRODUCT_IMPORTS,
    SETTLE_FINDINGS,
)
_STEPS = {step.name: step for step in _STAGES}
_NEXT = {before.name: after.name for before, after in pairwise(_STAGES)}
# Walks that began before these were compared go on as they began.
_ADDED = {
    CHECK_MESSAGES.name: "messages-are-compared",
    CHECK_BULK_JOBS.name: "jobs-are-compared",
    CHECK_PRODUCT_IMPORTS.name: "jobs-are-compared",
}

_PAGES_OF_A_RUN = 25
_LAST_PAGE = timedelta(seconds=30)


@workflow.defn(name=RECONCILE_WORKFLOW)
class ReconcileWorkflow:
    """One walk; its result tells whether it came to the end or where it was stopped."""

    @workflow.init
    def __init__(self, given: Reconciliation) -> None:
        self._given = given
        self._progress = given.progress or Progress(workflow.now(), _STAGES[0].name)
        self._stop = False

    @workflow.run
    async def run(self, given: Reconciliation) -> Progress:
        progress = self._progress
        pages = 0
        while progress.stage is not None and not self._stop:
            if pages == _PAGES_OF_A_RUN:
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._stop:
                    next_run = Reconciliation(given.page_size, given.min_age, given.lookback, progress)
                    workflow.continue_as_new(next_run)
                break
            page = await self._check_page(progress.stage)
            if page is not None:
                self._count(progress.stage, page)
            pages += 1
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._show()
        return progress

    async def _check_page(self, stage: str) -> CheckedPage | None:
        """The next page; None when the walk is stopped and the page does not end soon."""
        self._show()
        progress, given = self._progress, self._given
        page = CheckPage(progress.cursor, given.page_size, progress.as_of, given.min_age, given.lookback)
        checking = asyncio.create_task(walk(_STEPS[stage], page, f"page {progress.pages + 1}"))
        await workflow.wait_condition(lambda: checking.done() or self._stop)
        if not checking.done():
            try:
                await workflow.wait_condition(
                    checking.done, timeout=_LAST_PAGE, timeout_summary="the last page"
                )
            except TimeoutError:
                checking.cancel()
                return None
        return checking.result()

    def _count(self, stage: str, page: CheckedPage) -> None:
        progress = self._progress
        progress.pages += 1
        progress.cursor = page.next_cursor
        if page.next_cursor is None:
            progress.stage = _next_stage(stage)
        _add(progress.compared, page.compared)
        _add(progress.repaired, page.repaired)
        _add(progress.attention, page.attention)

    def _show(self) -> None:
        progress = self._progress
        stage = (
            "done" if progress.stage is None else f"{progress.stage}, after {progress.cursor or 'nothing'}"
        )
        lines = [f"**{stage}**, {progress.pages} pages"]
        lines += [f"- compared, {check}: {number}" for check, number in progress.compared.items()]
        lines += [f"- repaired, {code}: {number}" for code, number in progress.repaired.items()]
        lines += [f"- **needs attention**, {code}: {number}" for code, number in progress.attention.items()]
        workflow.set_current_details("\n".join(lines))

    @workflow.query(name=PROGRESS, description="How far it is, and what was found so far")
    def progress(self) -> Progress:
        return self._progress

    @workflow.update(name=STOP, description="Stops after the present page; it can be resumed from there")
    def stop(self) -> Progress:
        self._stop = True
        return self._progress


@workflow.defn(name=SCHEDULED_RECONCILIATION)
class ScheduledReconciliationWorkflow:
    """The schedule's way to a reconciliation: lasts as long as it, and is skipped when one runs by hand."""

    @workflow.run
    async def run(self, given: Reconciliation) -> str:
        try:
            await workflow.execute_child_workflow(
                RECONCILE_WORKFLOW,
                given,
                id=RECONCILIATION_ID,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                parent_close_policy=ParentClosePolicy.ABANDON,
                result_type=Progress,
            )
        except WorkflowAlreadyStartedError:
            return "skipped"
        return "done"


def _next_stage(stage: str) -> str | None:
    """What is compared next."""
    following = _NEXT.get(stage)
    while following in _ADDED and not workflow.patched(_ADDED[following]):
        following = _NEXT[following]
    return following


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for name, number in more.items():
        total[name] = total.get(name, 0) + number
