"""Bulk changes of orders' statuses."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from api.schemas.base import AnswerModel, GivenId, Notes, OptionalLine, RequestModel
from api.schemas.vendor_products import Flag
from db.queries.bulk_jobs import JobOrder, StoredJob
from db.queries.bulk_work import open_orders
from domain.bulk import MOST_ORDERS, BulkOutcome, BulkState
from domain.lifecycle import OrderStatus


class ResultKind(StrEnum):
    """What became of an order of a job, or `pending`."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PENDING = "pending"

    @property
    def outcome(self) -> BulkOutcome | None:
        return None if self == ResultKind.PENDING else BulkOutcome(self)


class BulkStatusRequest(RequestModel):
    """The status that many orders are to have: those in `order_ids`, or all that the query matches."""

    order_ids: Annotated[list[GivenId], Field(min_length=1, max_length=MOST_ORDERS)] | None = Field(
        default=None, description="Each counts once. What is no order of the shop is a refused result."
    )
    everything: Flag = Field(
        default=False,
        description="All orders that match the query's filters now, instead of `order_ids`.",
    )
    status: OrderStatus
    carrier: Annotated[OptionalLine, Field(max_length=100)] | None = Field(
        default=None, description="With `shipped`, for all of them; tracking numbers are single orders'."
    )
    notes: Notes | None = Field(default=None, description="Kept in the history of each order.")

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if self.everything == (self.order_ids is not None):
            raise ValueError("either `order_ids` or `everything`")
        return self

    @property
    def kept_carrier(self) -> str | None:
        """Only shipping has a carrier; empty text is none."""
        return (self.carrier or None) if self.status == OrderStatus.SHIPPED else None


class BulkAccepted(AnswerModel):
    """The job that was started."""

    job_id: int


class StarterAnswer(AnswerModel):
    """Who started a job."""

    id: int
    first_name: str
    last_name: str


class BulkJobAnswer(AnswerModel):
    """How far a job is: `total` is the sum of the numbers from `changed` to `pending`.

    `refused` orders say why, `failed` ones did not answer within a quarter of an hour, `cancelled` ones were
    not begun when the job was cancelled. It is over once `finished_at` is there.
    """

    job_id: int
    status: OrderStatus = Field(description="What the orders are to become.")
    carrier: str | None
    notes: str | None
    state: BulkState
    total: int
    changed: int
    unchanged: int
    refused: int
    failed: int
    cancelled: int
    pending: int
    started_by: StarterAnswer
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class BulkResultAnswer(AnswerModel):
    """What became of one order; `status` and `next_statuses` are how it stands now."""

    order_id: int
    order_number: str | None
    outcome: ResultKind
    code: str | None
    message: str | None
    fields: dict[str, Any]
    status: OrderStatus | None
    next_statuses: list[OrderStatus]
    settled_at: datetime | None


class BulkJobDetail(BulkJobAnswer):
    """A job with what became of its orders, as they were asked for."""

    results: list[BulkResultAnswer]


def present_job(stored: StoredJob) -> BulkJobAnswer:
    """A job as its vendor's people see it."""
    job = stored.job
    return BulkJobAnswer(
        job_id=job.id,
        status=OrderStatus(job.status),
        carrier=job.carrier,
        notes=job.notes,
        state=BulkState(job.state),
        total=job.total,
        changed=job.changed,
        unchanged=job.unchanged,
        refused=job.refused,
        failed=job.failed,
        cancelled=job.cancelled,
        pending=open_orders(job),
        started_by=StarterAnswer(id=job.created_by, first_name=stored.first_name, last_name=stored.last_name),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def present_result(result: JobOrder) -> BulkResultAnswer:
    """One order of a job."""
    entry, standing = result.entry, result.standing
    return BulkResultAnswer(
        order_id=entry.requested_id,
        order_number=result.order_number,
        outcome=ResultKind(entry.outcome or ResultKind.PENDING),
        code=entry.code,
        message=entry.message,
        fields=entry.fields,
        status=None if standing is None else standing.status,
        next_statuses=[] if standing is None else list(standing.next_statuses),
        settled_at=entry.settled_at,
    )


def present_job_detail(stored: StoredJob, results: Sequence[JobOrder]) -> BulkJobDetail:
    """A job with some of its orders."""
    return BulkJobDetail(**dict(present_job(stored)), results=[present_result(result) for result in results])
