"""What reconciliation and other work for all vendors reads of big tables: by indexes, too, page by page."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bench.size.plans import Scan, plan_of, recording, scans_of, since, touched, whole
from db.queries import (
    bulk_work,
    findings,
    messages,
    product_imports,
    reconciliation,
    stock_comparison,
    stripe_events,
)
from db.session import Database
from db.tables import Order
from tests.db.full_shops import BIG, FullShops, SomeOrder

Ask = Callable[[AsyncSession, SomeOrder], Awaitable[object]]
NOW = datetime.now(UTC)
WEEK_AGO, REST = NOW - timedelta(days=7), NOW - timedelta(minutes=10)


async def _orders(session: AsyncSession, order: SomeOrder) -> None:
    for after_id in (0, order.id):
        await reconciliation.orders_to_compare(
            session, after_id=after_id, rested_since=REST, changed_since=WEEK_AGO, limit=20
        )


async def _records(session: AsyncSession, order: SomeOrder) -> None:
    await reconciliation.order_records(session, order_id=order.id)
    await reconciliation.lock_refunds(session, order_id=order.id)
    await reconciliation.number_in_use(session, order_number=order.order_number)
    await reconciliation.owned_payments(session, [f"pi_{order.order_number}", "pi_nobody"])
    await stripe_events.order_of_payment(session, payment_reference=f"pi_{order.order_number}")
    await findings.open_codes(session, order_number=order.order_number)


async def _placements(session: AsyncSession, _order: SomeOrder) -> None:
    await reconciliation.resting_placements(session, after_id=0, before=REST, limit=20)


async def _counters(session: AsyncSession, _order: SomeOrder) -> None:
    await stock_comparison.stock_counters(session, after_id=0, limit=2)


async def _held(session: AsyncSession, order: SomeOrder) -> None:
    for after in ("", order.order_number):
        await stock_comparison.held_stock(session, after=after, since=WEEK_AGO, before=REST, limit=20)


async def _held_for(session: AsyncSession, order: SomeOrder) -> None:
    await stock_comparison.held_for(session, order_number=order.order_number, before=REST)


async def _unsent(session: AsyncSession, _order: SomeOrder) -> None:
    await messages.unnotified_messages(session, after_id=0, before=REST, limit=20)


async def _jobs(session: AsyncSession, _order: SomeOrder) -> None:
    await bulk_work.open_jobs(session, after_id=0, since=WEEK_AGO, before=REST, limit=20)
    await product_imports.open_imports(session, after_id=0, since=WEEK_AGO, before=REST, limit=20)


async def _reads(database: Database, ask: Ask, order: SomeOrder) -> tuple[list[Scan], dict[str, int]]:
    """The ways into big tables that are without end, and how often each table was gone through."""
    async with database.platform() as session:
        connection = await session.connection()
        # What the connection did before may not have been added up yet.
        before = await touched(connection)
        with recording(database.engine) as sent:
            await ask(session, order)
        read = since(before, await touched(connection))
        scans = [scan for each in sent for scan in scans_of(await plan_of(connection, each))]
    assert sent
    return whole(scans), {table: each.scans for table, each in read.items() if each.scans}


@pytest.mark.parametrize("ask", [_orders, _records, _placements, _counters, _held, _held_for, _unsent, _jobs])
async def test_page_goes_by_indexes(shops: FullShops, ask: Ask) -> None:
    assert await _reads(shops.database, ask, shops.orders[BIG]) == ([], {})


async def test_page_is_not_blamed_for_what_its_connection_read_before(shops: FullShops) -> None:
    """PostgreSQL counts a connection's transactions together for about a second."""
    database = Database(shops.urls.app, pool_size=1)
    for _ in range(2):
        async with database.platform() as session:
            await session.execute(select(Order.id).where(Order.carrier == "nobody"))
    async with database.platform() as session:
        assert (await touched(await session.connection()))["orders"].scans > 0

    read = await _reads(database, _orders, shops.orders[BIG])

    await database.close()
    assert read == ([], {})
