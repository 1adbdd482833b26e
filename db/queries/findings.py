"""Findings as reconciliation keeps them: seen, seen again, resolved, and told to the order's workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, Entity, rows
from db.tables import FindingRow, Order, Vendor

ATTENTION = "attention"
REPAIRED = "repaired"

_FINDING = Entity(FindingRow)
_OPEN_OF_ORDER = (
    select(*_FINDING.columns)
    .where(FindingRow.order_id == bindparam("order_id", type_=BigInteger), FindingRow.resolved_at.is_(None))
    .order_by(FindingRow.first_seen, FindingRow.id)
)


@dataclass(frozen=True)
class Subject:
    """What a finding is about; `order_number` where an order's workflow may be told of it."""

    vendor_id: int
    name: str
    order_number: str | None = None
    order_id: int | None = None


@dataclass(frozen=True)
class OpenFinding:
    """A finding that needs attention, for people to read."""

    vendor_code: str
    subject: str
    order_number: str | None
    code: str
    reason: str
    first_seen: datetime
    last_seen: datetime


async def record(session: AsyncSession, subject: Subject, *, code: str, reason: str, state: str) -> None:
    """Keep that something was seen now; what had been resolved begins anew."""
    is_open = state == ATTENTION
    order_id = subject.order_id
    if order_id is None and subject.order_number is not None:
        order_id = await session.scalar(select(Order.id).where(Order.order_number == subject.order_number))
    new = insert(FindingRow).values(
        vendor_id=subject.vendor_id,
        subject=subject.name,
        code=code,
        state=state,
        reason=reason,
        order_number=subject.order_number,
        order_id=order_id,
        first_seen=func.now(),
        last_seen=func.now(),
        resolved_at=None if is_open else func.now(),
        told_at=None if is_open else func.now(),
    )
    was_open = FindingRow.resolved_at.is_(None)
    stays_as_it_was = was_open if is_open else ~was_open
    await session.execute(
        new.on_conflict_do_update(
            index_elements=[FindingRow.vendor_id, FindingRow.subject, FindingRow.code],
            set_={
                "state": new.excluded.state,
                "reason": new.excluded.reason,
                "order_id": new.excluded.order_id,
                "first_seen": case((was_open, FindingRow.first_seen), else_=func.now()),
                "last_seen": func.now(),
                "resolved_at": new.excluded.resolved_at,
                "told_at": case((stays_as_it_was, FindingRow.told_at), else_=None),
            },
        )
    )


async def was_seen(
    session: AsyncSession, subject: Subject, *, code: str, since: datetime, before: datetime
) -> bool:
    """Whether this was last found between `since` and `before`."""
    statement = select(FindingRow.id).where(
        FindingRow.subject == subject.name,
        FindingRow.code == code,
        FindingRow.last_seen >= since,
        FindingRow.last_seen < before,
    )
    return await session.scalar(statement) is not None


async def oldest_open(session: AsyncSession, *, codes: Sequence[str]) -> datetime | None:
    """When the oldest open finding of these codes was first seen."""
    statement = select(func.min(FindingRow.first_seen)).where(
        FindingRow.resolved_at.is_(None), FindingRow.code.in_(codes)
    )
    found: datetime | None = await session.scalar(statement)
    return found


async def to_settle(
    session: AsyncSession, *, after_id: int, not_seen_since: datetime, limit: int
) -> list[FindingRow]:
    """Open findings that this run did not see again, and those whose workflow does not know yet; by id."""
    unseen = FindingRow.resolved_at.is_(None) & (FindingRow.last_seen < not_seen_since)
    statement = (
        select(FindingRow)
        .where(FindingRow.id > after_id, or_(unseen, FindingRow.told_at.is_(None)))
        .order_by(FindingRow.id)
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def resolve(session: AsyncSession, *, finding_id: int, not_seen_since: datetime) -> None:
    """Close a finding unless it was seen meanwhile; its workflow is to hear of it."""
    await session.execute(
        update(FindingRow)
        .where(FindingRow.id == finding_id, FindingRow.resolved_at.is_(None))
        .where(FindingRow.last_seen < not_seen_since)
        .values(resolved_at=func.now(), told_at=None)
    )


async def open_codes(session: AsyncSession, *, order_number: str) -> list[str]:
    """What needs attention of one order."""
    statement = (
        select(FindingRow.code)
        .where(FindingRow.order_number == order_number, FindingRow.resolved_at.is_(None))
        .distinct()
        .order_by(FindingRow.code)
    )
    return list(await session.scalars(statement))


async def mark_told(session: AsyncSession, *, finding_id: int) -> None:
    """Keep that the order's workflow knows how the finding stands, or that none is there to know."""
    await session.execute(update(FindingRow).where(FindingRow.id == finding_id).values(told_at=func.now()))


async def list_open(session: AsyncSession, *, limit: int = 200) -> list[OpenFinding]:
    """What needs attention, longest open first."""
    statement = (
        select(
            Vendor.vendor_code,
            FindingRow.subject,
            FindingRow.order_number,
            FindingRow.code,
            FindingRow.reason,
            FindingRow.first_seen,
            FindingRow.last_seen,
        )
        .join(Vendor, Vendor.id == FindingRow.vendor_id)
        .where(FindingRow.resolved_at.is_(None))
        .order_by(FindingRow.first_seen, FindingRow.id)
        .limit(limit)
    )
    return [OpenFinding(*row) for row in await session.execute(statement)]


async def list_open_of(via: Direct | AsyncSession, *, order_id: int) -> Sequence[FindingRow]:
    """What needs attention of one order, longest open first."""
    return [_FINDING.read(row) for row in await rows(via, _OPEN_OF_ORDER, {"order_id": order_id})]
