"""Bulk changes: kept first, then worked through by a workflow of their own."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from api.engine import Engine
from api.engine_failures import EngineSlow, WorkflowGone
from db.queries import bulk_jobs
from db.queries.bulk_jobs import NewJob, StoredJob
from db.queries.order_filters import OrderFilter
from db.session import Database
from db.tables import BulkJob
from domain.bulk import BulkState, check_number, moved
from domain.errors import EngineUnavailable
from workflows.bulk_messages import (
    BULK_STATUS_WORKFLOW,
    CANCEL_BULK,
    PAUSE_BULK,
    RESUME_BULK,
    BulkProgress,
    BulkStatus,
    bulk_status_id,
    bulk_summary,
)

_UPDATES = {
    BulkState.RUNNING: RESUME_BULK,
    BulkState.PAUSED: PAUSE_BULK,
    BulkState.CANCELLED: CANCEL_BULK,
}


@dataclass(frozen=True)
class BulkCommand:
    """Which orders a vendor user wants to have which status, and what they say with it.

    `chosen` are the orders' ids, or a filter: then it is those that match when the job is kept.
    """

    vendor_id: int
    user_id: int
    chosen: Sequence[int] | OrderFilter
    status: str
    carrier: str | None
    notes: str | None
    idempotency_key: str | None

    def new_job(self) -> NewJob:
        """The job, under its key."""
        chosen: Any = asdict(self.chosen) if isinstance(self.chosen, OrderFilter) else list(self.chosen)
        said = [chosen, self.status, self.carrier, self.notes]
        request_hash = hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()
        key = self.idempotency_key or str(uuid.uuid4())
        return NewJob(self.vendor_id, self.user_id, self.status, self.carrier, self.notes, key, request_hash)


async def start_bulk_change(database: Database, engine: Engine, wanted: BulkCommand) -> tuple[int, bool]:
    """The id of the job, and whether it was there before under its key.

    Raises TooManyOrders, NoOrdersMatch, IdempotencyKeyReused. After EngineUnavailable the job is kept and
    begins when it is asked for again under its key, resumed, or found by reconciliation.
    """
    new = wanted.new_job()
    async with database.vendor(wanted.vendor_id) as session:
        job_id = await bulk_jobs.earlier_job(session, new)
        replayed = job_id is not None
        if job_id is None:
            chosen = wanted.chosen
            ids = await bulk_jobs.matching_ids(session, chosen) if isinstance(chosen, OrderFilter) else chosen
            check_number(len(ids))
            job_id = await bulk_jobs.add_job(session, new, list(dict.fromkeys(ids)))
        if job_id is None:
            replayed = True
            job_id = await bulk_jobs.earlier_job(session, new)
        if job_id is None:
            raise RuntimeError("a job under this key is there, and is not")
        job = (await bulk_jobs.get_job(session, job_id=job_id)).job
    await _run(engine, job)
    return job_id, replayed


async def move_bulk_change(
    database: Database, engine: Engine, *, vendor_id: int, job_id: int, wish: BulkState
) -> StoredJob:
    """Have a job rest, go on or end; the job afterwards. Raises BulkJobNotFound, BulkJobOver."""
    async with database.reading(vendor_id) as session:
        job = (await bulk_jobs.get_job(session, job_id=job_id)).job
    moved(BulkState(job.state), wish, finished=job.finished_at is not None)
    if job.finished_at is None:
        try:
            await _ask(engine, job, wish)
        except WorkflowGone:
            # It was never begun, as while Temporal was away, or has broken off.
            await _run(engine, job)
            await _ask_again(engine, job, wish)
    async with database.reading(vendor_id) as session:
        return await bulk_jobs.get_job(session, job_id=job_id)


async def _run(engine: Engine, job: BulkJob) -> None:
    if job.finished_at is None:
        given = BulkStatus(job.vendor_id, job.id, job.status)
        await engine.start(
            BULK_STATUS_WORKFLOW,
            given,
            workflow_id=bulk_status_id(job.id),
            summary=bulk_summary(job.total, job.status),
        )


async def _ask(engine: Engine, job: BulkJob, wish: BulkState) -> None:
    try:
        await engine.update(
            bulk_status_id(job.id), _UPDATES[wish], update_id=str(uuid.uuid4()), answer=BulkProgress
        )
    except EngineSlow:
        raise EngineUnavailable("The order system does not answer at the moment; please try again.") from None


async def _ask_again(engine: Engine, job: BulkJob, wish: BulkState) -> None:
    try:
        await _ask(engine, job, wish)
    except WorkflowGone:
        # Over so soon: how it ended is in its rows.
        return
