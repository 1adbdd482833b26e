"""Findings are kept once for each subject and code, through being resolved and coming back."""

from datetime import UTC, datetime, timedelta

import pytest_asyncio
from sqlalchemy import select

from db.queries import findings
from db.queries.findings import ATTENTION, REPAIRED, Subject
from db.session import Database
from db.tables import FindingRow
from tests.builders import create_vendor

LATER = timedelta(minutes=1)


@pytest_asyncio.fixture
async def subject(database: Database) -> Subject:
    vendor = await create_vendor(database)
    return Subject(vendor.id, "ACME-20261122-00001", "ACME-20261122-00001")


async def see(database: Database, subject: Subject, state: str = ATTENTION) -> FindingRow:
    async with database.vendor(subject.vendor_id) as session:
        await findings.record(session, subject, code="stock_differs", reason="1 and 2", state=state)
    return await only_row(database, subject)


async def only_row(database: Database, subject: Subject) -> FindingRow:
    async with database.reading(subject.vendor_id) as session:
        return (await session.scalars(select(FindingRow))).one()


async def settle(database: Database, subject: Subject, row: FindingRow, now: datetime) -> FindingRow:
    async with database.vendor(subject.vendor_id) as session:
        await findings.resolve(session, finding_id=row.id, not_seen_since=now)
    return await only_row(database, subject)


async def test_seen_again_keeps_when_it_was_first_seen(database: Database, subject: Subject) -> None:
    first = await see(database, subject)
    again = await see(database, subject)
    assert (again.id, again.first_seen) == (first.id, first.first_seen)
    assert again.last_seen > first.last_seen
    assert (again.resolved_at, again.told_at) == (None, None)


async def test_resolved_only_when_not_seen_meanwhile(database: Database, subject: Subject) -> None:
    row = await see(database, subject)
    still = await settle(database, subject, row, row.last_seen)
    assert still.resolved_at is None
    gone = await settle(database, subject, row, row.last_seen + LATER)
    assert gone.resolved_at is not None


async def test_what_comes_back_begins_anew_and_is_told_anew(database: Database, subject: Subject) -> None:
    row = await see(database, subject)
    async with database.vendor(subject.vendor_id) as session:
        await findings.mark_told(session, finding_id=row.id)
    assert (await see(database, subject)).told_at is not None
    gone = await settle(database, subject, row, datetime.now(UTC) + LATER)
    assert gone.told_at is None
    back = await see(database, subject)
    assert back.first_seen > row.first_seen
    assert (back.resolved_at, back.told_at) == (None, None)


async def test_repaired_is_resolved_at_once_and_clears_what_was_open(
    database: Database, subject: Subject
) -> None:
    repaired = await see(database, subject, REPAIRED)
    assert repaired.resolved_at is not None
    assert repaired.told_at is not None  # nobody was told of it before
    await see(database, subject)
    async with database.vendor(subject.vendor_id) as session:
        await findings.mark_told(session, finding_id=repaired.id)
    assert (await see(database, subject, REPAIRED)).told_at is None


async def test_settling_walks_what_is_unseen_or_untold(database: Database, subject: Subject) -> None:
    row = await see(database, subject)
    async with database.platform() as session:
        untold = await findings.to_settle(session, after_id=0, not_seen_since=row.last_seen, limit=10)
        await findings.mark_told(session, finding_id=row.id)
    async with database.platform() as session:
        told = await findings.to_settle(session, after_id=0, not_seen_since=row.last_seen, limit=10)
        unseen = await findings.to_settle(session, after_id=0, not_seen_since=row.last_seen + LATER, limit=10)
        passed = await findings.to_settle(
            session, after_id=row.id, not_seen_since=row.last_seen + LATER, limit=10
        )
    assert ([one.id for one in untold], told, [one.id for one in unseen], passed) == (
        [row.id],
        [],
        [row.id],
        [],
    )


async def test_open_findings_are_listed_for_people_with_their_vendor(
    database: Database, subject: Subject
) -> None:
    row = await see(database, subject)
    async with database.platform() as session:
        [listed] = await findings.list_open(session)
        assert await findings.oldest_open(session, codes=["stock_differs"]) == row.first_seen
        assert await findings.oldest_open(session, codes=["orphan_paid"]) is None
    assert (listed.subject, listed.code, listed.reason) == (subject.name, "stock_differs", "1 and 2")
    async with database.reading(subject.vendor_id) as session:
        assert await findings.open_codes(session, order_number=subject.name) == ["stock_differs"]


async def test_another_vendors_session_sees_none_of_it(database: Database, subject: Subject) -> None:
    row = await see(database, subject)
    other = await create_vendor(database)
    async with database.vendor(other.id) as session:
        assert await findings.open_codes(session, order_number=subject.name) == []
        await findings.resolve(session, finding_id=row.id, not_seen_since=row.last_seen + LATER)
    assert (await only_row(database, subject)).resolved_at is None
