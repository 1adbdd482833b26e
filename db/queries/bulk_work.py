"""A bulk job at work: its orders under way, those that come next, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import BulkJob, BulkJobOrder, Order, OrderCommand
from domain.bulk import BulkOutcome, Standing, Verdict
from domain.errors import BulkJobNotFound
from domain.lifecycle import ActorType

_KIND = "status"
_NUMBERS = (
    BulkOutcome.CHANGED,
    BulkOutcome.UNCHANGED,
    BulkOutcome.REFUSED,
    BulkOutcome.FAILED,
    BulkOutcome.CANCELLED,
)


@dataclass(frozen=True)
class OrderAtWork:
    """An order of a job that is not settled.

    Once begun it has a command, is under way for so many `seconds`, and may have an `answer`.
    """

    entry_id: int
    order_id: int
    order_number: str
    standing: Standing
    seconds: float = 0.0
    command_id: int | None = None
    answer: Mapping[str, Any] | None = None


def command_key(job_id: int) -> str:
    """Under which a job's changes are kept with its orders. No client's key has a space in it."""
    return f"bulk {job_id}"


@dataclass(frozen=True)
class OpenJob:
    """A job that is not over."""

    id: int
    vendor_id: int
    status: str
    total: int


async def open_jobs(
    session: AsyncSession, *, after_id: int, since: datetime, before: datetime, limit: int
) -> list[OpenJob]:
    """Jobs that were kept from `since` to `before` and are not over, by id."""
    statement = (
        select(BulkJob.id, BulkJob.vendor_id, BulkJob.status, BulkJob.total)
        .where(BulkJob.id > after_id, BulkJob.finished_at.is_(None))
        .where(BulkJob.created_at >= since, BulkJob.created_at <= before)
        .order_by(BulkJob.id)
        .limit(limit)
    )
    return [OpenJob(*row) for row in await session.execute(statement)]


async def lock_job(session: AsyncSession, *, job_id: int) -> BulkJob:
    """The job, which nobody else moves or works on until the end of the transaction."""
    job = await session.get(BulkJob, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        raise BulkJobNotFound("There is no such bulk change.")
    return job


async def under_way(session: AsyncSession, job: BulkJob) -> list[OrderAtWork]:
    """What was begun and is not settled, with what the orders have answered so far."""
    seconds = func.extract("epoch", func.clock_timestamp() - BulkJobOrder.begun_at)
    statement = (
        _orders(seconds, OrderCommand.id, OrderCommand.outcome)
        .outerjoin(OrderCommand, _command_of(job))
        .where(
            BulkJobOrder.job_id == job.id,
            BulkJobOrder.outcome.is_(None),
            BulkJobOrder.begun_at.is_not(None),
        )
        .order_by(BulkJobOrder.position)
    )
    return [
        OrderAtWork(entry, order, number, Standing.of(*standing), float(since), command, answer)
        for entry, order, number, *standing, since, command, answer in await session.execute(statement)
    ]


async def next_up(session: AsyncSession, job: BulkJob, *, limit: int) -> list[OrderAtWork]:
    """What is to be begun next."""
    statement = (
        _orders()
        .where(
            BulkJobOrder.job_id == job.id,
            BulkJobOrder.outcome.is_(None),
            BulkJobOrder.begun_at.is_(None),
        )
        .order_by(BulkJobOrder.position)
        .limit(limit)
    )
    return [
        OrderAtWork(entry, order, number, Standing.of(*standing))
        for entry, order, number, *standing in await session.execute(statement)
    ]


async def begin(session: AsyncSession, job: BulkJob, orders: Sequence[OrderAtWork]) -> list[OrderAtWork]:
    """Keep what is asked of each order, and that it is under way; the orders with their commands."""
    if not orders:
        return []
    body = {"status": job.status, "tracking_number": None, "carrier": job.carrier, "notes": job.notes}
    command = {
        "vendor_id": job.vendor_id,
        "kind": _KIND,
        "actor_type": ActorType.VENDOR,
        "actor_id": job.created_by,
        "idempotency_key": command_key(job.id),
        "request_hash": job.request_hash,
        "body": body,
    }
    added = await session.execute(
        insert(OrderCommand)
        .values([{**command, "order_id": order.order_id} for order in orders])
        .returning(OrderCommand.order_id, OrderCommand.id)
    )
    commands = {row.order_id: row.id for row in added}
    await session.execute(
        update(BulkJobOrder)
        .where(BulkJobOrder.id.in_([order.entry_id for order in orders]))
        .values(begun_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    return [replace(order, command_id=commands[order.order_id]) for order in orders]


async def settle(session: AsyncSession, job: BulkJob, verdicts: Mapping[int, Verdict]) -> None:
    """Keep what became of orders, by entry, and count it; the job has to be locked, so each counts once."""
    if not verdicts:
        return
    table = BulkJobOrder.__table__
    statement = (
        update(table)  # type: ignore[arg-type]  # a mapped class's table is a Table
        .where(table.c.id == bindparam("entry"), table.c.outcome.is_(None))
        .values(
            outcome=bindparam("became"),
            code=bindparam("why"),
            message=bindparam("told"),
            fields=bindparam("more"),
            settled_at=func.clock_timestamp(),
        )
    )
    connection = await session.connection()
    await connection.execute(
        statement,
        [
            {
                "entry": entry_id,
                "became": str(verdict.outcome),
                "why": verdict.code,
                "told": verdict.message,
                "more": dict(verdict.fields),
            }
            for entry_id, verdict in verdicts.items()
        ],
    )
    became = [verdict.outcome for verdict in verdicts.values()]
    for outcome in _NUMBERS:
        setattr(job, outcome, getattr(job, outcome) + became.count(outcome))


async def cancel_rest(session: AsyncSession, job: BulkJob) -> None:
    """Settle as cancelled what was never begun."""
    statement = (
        update(BulkJobOrder)
        .where(
            BulkJobOrder.job_id == job.id,
            BulkJobOrder.outcome.is_(None),
            BulkJobOrder.begun_at.is_(None),
        )
        .values(outcome=BulkOutcome.CANCELLED, settled_at=func.clock_timestamp())
        .returning(BulkJobOrder.id)
        .execution_options(synchronize_session=False)
    )
    job.cancelled += len((await session.scalars(statement)).all())


def open_orders(job: BulkJob) -> int:
    """How many are not settled."""
    return job.total - (job.changed + job.unchanged + job.refused + job.failed + job.cancelled)


def _orders(*more: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 -- columns of any type
    return select(
        BulkJobOrder.id,
        Order.id,
        Order.order_number,
        Order.status,
        Order.payment_status,
        Order.payment_method,
        *more,
    ).join(Order, Order.id == BulkJobOrder.order_id)


def _command_of(job: BulkJob) -> ColumnElement[bool]:
    return and_(
        OrderCommand.order_id == Order.id,
        OrderCommand.actor_type == ActorType.VENDOR,
        OrderCommand.actor_id == job.created_by,
        OrderCommand.idempotency_key == command_key(job.id),
    )
