"""Bulk changes and imports that are kept and that nothing works on: begun, or taken up where they were."""

from datetime import datetime, timedelta

from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.job_workflows import JobWorkflows
from activities.reconciliation_findings import Tally
from activities.reconciliation_messages import CheckedPage, CheckPage
from db.queries import bulk_work, product_imports
from db.queries.bulk_work import OpenJob
from db.queries.findings import Subject
from db.session import Database
from domain.findings import Check, Code, Finding, Repair


class JobReconciliation:
    """What was sent while Temporal was away, or whose workflow was lost.

    What is older than the look-back stays for whoever sent it: nobody expects it to begin any more.
    """

    def __init__(self, database: Database, workflows: JobWorkflows) -> None:
        self._database = database
        self._workflows = workflows

    @activity.defn(name="check_bulk_jobs")
    @at_the_boundary
    async def check_bulk_jobs(self, given: CheckPage) -> CheckedPage:
        """Have bulk changes worked through that nothing works on."""
        since, before = _span(given)
        async with self._database.platform() as session:
            jobs = await bulk_work.open_jobs(
                session, after_id=int(given.cursor or 0), since=since, before=before, limit=given.limit
            )
        tally = Tally(self._database, given)
        for job in jobs:
            activity.heartbeat()
            if await self._begin(job):
                reason = f"bulk change {job.id} is not over and nothing works on it"
                finding = Finding(Code.BULK_JOB_STALLED, reason, Repair.BEGIN_JOB)
                await tally.found(Subject(job.vendor_id, f"bulk change {job.id}"), finding, repaired=True)
        tally.compared(Check.WORKFLOWS, number=len(jobs))
        return tally.page(str(jobs[-1].id) if len(jobs) == given.limit else None)

    async def _begin(self, job: OpenJob) -> bool:
        if await self._workflows.bulk_change_runs(job.id):
            return False
        async with self._database.vendor(job.vendor_id) as session:
            # It may have ended since the page was read; it says so before its workflow ends.
            if (await bulk_work.lock_job(session, job_id=job.id)).finished_at is not None:
                return False
        return await self._workflows.begin_bulk_change(
            vendor_id=job.vendor_id, job_id=job.id, status=job.status, total=job.total
        )

    @activity.defn(name="check_product_imports")
    @at_the_boundary
    async def check_product_imports(self, given: CheckPage) -> CheckedPage:
        """Have files of products go their way that are kept and go nowhere."""
        since, before = _span(given)
        async with self._database.platform() as session:
            imports = await product_imports.open_imports(
                session, after_id=int(given.cursor or 0), since=since, before=before, limit=given.limit
            )
        tally = Tally(self._database, given)
        for each in imports:
            activity.heartbeat()
            if await self._workflows.begin_import(vendor_id=each.vendor_id, import_id=each.id):
                reason = f"import {each.id} is {each.state} and nothing works on it"
                finding = Finding(Code.IMPORT_STALLED, reason, Repair.BEGIN_JOB)
                await tally.found(Subject(each.vendor_id, f"import {each.id}"), finding, repaired=True)
        tally.compared(Check.WORKFLOWS, number=len(imports))
        return tally.page(str(imports[-1].id) if len(imports) == given.limit else None)


def _span(given: CheckPage) -> tuple[datetime, datetime]:
    return given.as_of - timedelta(seconds=given.lookback), given.as_of - timedelta(seconds=given.min_age)
