"""The state of a bulk change: begun, moved and finished as its workflow says."""

from temporalio import activity

from activities.bulk_messages import BulkJobRef, BulkProgress, MoveBulkJob
from activities.errors import at_the_boundary
from db.queries import bulk_work, order_steps
from db.session import Database
from db.tables import BulkJob
from domain.bulk import BulkState, moved


class BulkJobActivities:
    """Each step can be repeated without effect."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="begin_bulk_job")
    @at_the_boundary
    async def begin_bulk_job(self, given: BulkJobRef) -> BulkProgress:
        """Note that the job runs, unless it was paused, or is over."""
        async with self._database.vendor(given.vendor_id) as session:
            job = await bulk_work.lock_job(session, job_id=given.job_id)
            if job.state == BulkState.WAITING:
                job.state = BulkState.RUNNING
            if job.started_at is None:
                job.started_at = await order_steps.now(session)
            return progress_of(job)

    @activity.defn(name="move_bulk_job")
    @at_the_boundary
    async def move_bulk_job(self, given: MoveBulkJob) -> BulkProgress:
        """Note that the job is to run, to rest or to end. Raises BulkJobOver."""
        async with self._database.vendor(given.job.vendor_id) as session:
            job = await bulk_work.lock_job(session, job_id=given.job.job_id)
            finished = job.finished_at is not None
            job.state = moved(BulkState(job.state), BulkState(given.state), finished=finished)
            return progress_of(job)

    @activity.defn(name="finish_bulk_job")
    @at_the_boundary
    async def finish_bulk_job(self, given: BulkJobRef) -> BulkProgress:
        """Note that the job is over."""
        async with self._database.vendor(given.vendor_id) as session:
            job = await bulk_work.lock_job(session, job_id=given.job_id)
            if job.state != BulkState.CANCELLED:
                job.state = BulkState.COMPLETED
            if job.finished_at is None:
                job.finished_at = await order_steps.now(session)
            return progress_of(job)


def progress_of(job: BulkJob) -> BulkProgress:
    """How far a job is."""
    return BulkProgress(
        state=job.state,
        total=job.total,
        changed=job.changed,
        unchanged=job.unchanged,
        refused=job.refused,
        failed=job.failed,
        cancelled=job.cancelled,
        open=bulk_work.open_orders(job),
    )
