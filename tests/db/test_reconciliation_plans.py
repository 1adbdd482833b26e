"""What reconciliation and other work for all vendors reads of big tables: by indexes, too, page by page."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bench.size.plans import plan_of, recording, scans_of, touched, whole
from db.queries import (
    bulk_work,
    findings,
    messages,
    product_imports,
    reconciliation,
    stock_comparison,
    stripe_events,
)
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


@pytest.mark.parametrize("ask", [_orders, _records, _placements, _counters, _held, _held_for, _unsent, _jobs])
async def test_page_goes_by_indexes(shops: FullShops, ask: Ask) -> None:
    async with shops.database.platform() as session:
        connection = await session.connection()
        with recording(shops.database.engine) as sent:
            await ask(session, shops.orders[BIG])
        read = await touched(connection)
        scans = [scan for each in sent for scan in scans_of(await plan_of(connection, each))]

    assert sent
    assert whole(scans) == []
    assert {table: each.scans for table, each in read.items() if each.scans} == {}
