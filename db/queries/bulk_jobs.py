"""Bulk changes as a vendor's people give and read them: a job, its list, and what became of its orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Insert,
    Integer,
    Select,
    String,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_find
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.order_filters import OrderFilter, order_conditions
from db.tables import BulkJob, BulkJobOrder, Order, VendorUser
from domain.bulk import MOST_ORDERS, NOT_FOUND, BulkOutcome, Standing
from domain.errors import BulkJobNotFound, IdempotencyKeyReused

# What needs a look comes first.
_RANKS = {BulkOutcome.REFUSED: 0, BulkOutcome.FAILED: 1, BulkOutcome.CANCELLED: 3, BulkOutcome.CHANGED: 4}


@dataclass(frozen=True)
class NewJob:
    """What somebody wants to become of some orders; carrier and notes go to each of them."""

    vendor_id: int
    user_id: int
    status: str
    carrier: str | None
    notes: str | None
    idempotency_key: str
    request_hash: str


@dataclass(frozen=True)
class StoredJob:
    """A job with who started it."""

    job: BulkJob
    first_name: str
    last_name: str


@dataclass(frozen=True)
class JobOrder:
    """One order of a job, and how it stands now; `order` is absent for what is none of the vendor's."""

    entry: BulkJobOrder
    order_number: str | None
    standing: Standing | None


async def earlier_job(session: AsyncSession, new: NewJob) -> int | None:
    """The job that was started under this key. Raises IdempotencyKeyReused when it was for something else."""
    statement = select(BulkJob.id, BulkJob.request_hash).where(
        BulkJob.created_by == new.user_id, BulkJob.idempotency_key == new.idempotency_key
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        return None
    if found.request_hash != new.request_hash:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another bulk change.")
    earlier: int = found.id
    return earlier


async def add_job(session: AsyncSession, new: NewJob, order_ids: Sequence[int]) -> int | None:
    """Keep a job with its orders, each once; None when there is one under its key by now."""
    statement = (
        insert_or_find(BulkJob)
        .values(
            vendor_id=new.vendor_id,
            created_by=new.user_id,
            idempotency_key=new.idempotency_key,
            request_hash=new.request_hash,
            status=new.status,
            carrier=new.carrier,
            notes=new.notes,
            total=len(order_ids),
        )
        # The same key at the same time waits here for the first one to commit.
        .on_conflict_do_nothing(index_elements=["created_by", "idempotency_key"])
        .returning(BulkJob.id)
    )
    job_id = await session.scalar(statement)
    if job_id is not None:
        await session.execute(_add_orders(new.vendor_id, job_id, order_ids))
        settled = (BulkJobOrder.job_id == job_id) & BulkJobOrder.outcome.is_not(None)
        job = await session.get_one(BulkJob, job_id)
        job.refused = await session.scalar(select(func.count()).where(settled)) or 0
    return job_id


def _add_orders(vendor_id: int, job_id: int, order_ids: Sequence[int]) -> Insert:
    ids = literal(list(order_ids), ARRAY(BigInteger))
    asked = (
        func.unnest(ids)
        .table_valued("requested_id", with_ordinality="position", name="asked")
        .render_derived()
    )
    missing = Order.id.is_(None)

    def if_missing(value: str | None) -> ColumnElement[str | None]:
        return case((missing, literal(value, String)), else_=null())

    rows = select(
        literal(vendor_id, BigInteger),
        literal(job_id, BigInteger),
        asked.c.position.cast(Integer),
        asked.c.requested_id,
        Order.id,
        if_missing(NOT_FOUND.outcome),
        if_missing(NOT_FOUND.code),
        if_missing(NOT_FOUND.message),
        case((missing, func.now()), else_=null()),
    ).select_from(asked.outerjoin(Order, Order.id == asked.c.requested_id))
    columns = [
        "vendor_id",
        "job_id",
        "position",
        "requested_id",
        "order_id",
        "outcome",
        "code",
        "message",
        "settled_at",
    ]
    return insert(BulkJobOrder).from_select(columns, rows)


async def matching_ids(session: AsyncSession, wanted: OrderFilter) -> list[int]:
    """The vendor's orders that match, oldest first; one more than a job takes when there are more."""
    statement = (
        select(Order.id)
        .where(*order_conditions(wanted))
        .order_by(Order.created_at, Order.id)
        .limit(MOST_ORDERS + 1)
    )
    return list(await session.scalars(statement))


async def count_standings(
    session: AsyncSession, wanted: OrderFilter | Sequence[int]
) -> list[tuple[Standing, int]]:
    """How the vendor's orders stand that match a filter or have these ids; beyond what a job takes, some."""
    conditions = order_conditions(wanted) if isinstance(wanted, OrderFilter) else [Order.id.in_(list(wanted))]
    chosen = (
        select(Order.status, Order.payment_status, Order.payment_method)
        .where(*conditions)
        .limit(MOST_ORDERS + 1)
        .subquery()
    )
    columns = (chosen.c.status, chosen.c.payment_status, chosen.c.payment_method)
    statement = select(*columns, func.count()).group_by(*columns)
    return [(Standing.of(row[0], row[1], row[2]), row[3]) for row in await session.execute(statement)]


async def get_job(session: AsyncSession, *, job_id: int) -> StoredJob:
    """One job of the session's vendor. Raises BulkJobNotFound, also for another vendor's."""
    row = (await session.execute(_jobs().where(BulkJob.id == job_id))).one_or_none()
    if row is None:
        raise BulkJobNotFound("There is no such bulk change.")
    return StoredJob(row[0], row[1], row[2])


async def list_jobs(
    session: AsyncSession, *, skip: int = 0, limit: int = 50, before: tuple[datetime, int] | None = None
) -> list[StoredJob]:
    """The session's vendor's jobs, newest first; `before` is the last one of the page before."""
    statement = _jobs()
    if before is not None:
        statement = statement.where(tuple_(BulkJob.created_at, BulkJob.id) < tuple_(*before))
    statement = statement.order_by(BulkJob.created_at.desc(), BulkJob.id.desc()).offset(skip).limit(limit)
    return [StoredJob(row[0], row[1], row[2]) for row in await session.execute(statement)]


def _jobs() -> Select[BulkJob, str, str]:
    return select(BulkJob, VendorUser.first_name, VendorUser.last_name).join(
        VendorUser, VendorUser.id == BulkJob.created_by
    )


async def list_job_orders(
    session: AsyncSession,
    *,
    job_id: int,
    outcomes: Sequence[BulkOutcome | None] = (),
    needing_a_look_first: bool = False,
    skip: int = 0,
    limit: int = 50,
) -> list[JobOrder]:
    """Orders of a job with one of these outcomes (None: not settled yet), or all, as they were asked for."""
    statement = (
        select(BulkJobOrder, Order.order_number, Order.status, Order.payment_status, Order.payment_method)
        .outerjoin(Order, Order.id == BulkJobOrder.order_id)
        .where(BulkJobOrder.job_id == job_id)
    )
    if outcomes:
        settled = [outcome for outcome in outcomes if outcome is not None]
        conditions = [BulkJobOrder.outcome.in_(settled)] if settled else []
        if None in outcomes:
            conditions.append(BulkJobOrder.outcome.is_(None))
        statement = statement.where(or_(*conditions))
    if needing_a_look_first:
        statement = statement.order_by(case(_RANKS, value=BulkJobOrder.outcome, else_=2))
    statement = statement.order_by(BulkJobOrder.position).offset(skip).limit(limit)
    return [
        JobOrder(row[0], row[1], None if row[1] is None else Standing.of(row[2], row[3], row[4]))
        for row in await session.execute(statement)
    ]


async def ids_to_try_again(session: AsyncSession, *, job_id: int) -> list[int]:
    """The orders of a job that it did not change though it was to."""
    again = (BulkOutcome.REFUSED, BulkOutcome.FAILED, BulkOutcome.CANCELLED)
    statement = (
        select(BulkJobOrder.order_id)
        .where(
            BulkJobOrder.job_id == job_id,
            BulkJobOrder.outcome.in_(again),
            BulkJobOrder.order_id.is_not(None),
        )
        .order_by(BulkJobOrder.position)
    )
    return [order_id for order_id in await session.scalars(statement) if order_id is not None]
