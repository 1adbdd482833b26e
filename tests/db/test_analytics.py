"""The figures of a few days come from indexes, however many orders there are."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from db.queries.analytics import (
    PAID,
    PLACED,
    REFUNDED,
    SHIPPED,
    SOLD,
    Figures,
    get_analytics,
    given_to,
    paid_orders,
)
from db.session import Database
from domain.periods import Period
from tests.db.rows import fill_every_table
from tests.db.test_search import FILL
from tests.fixtures.postgres import PostgresCluster

WEEK = Period(date(2022, 3, 1), date(2022, 3, 7), ZoneInfo("Europe/Luxembourg"))
COUNT = 3000
# One order a day, paid when it was placed, shipped six hours later, and refunded at once.
SPREAD = """
    UPDATE orders SET paid_amount = total_amount, created_at = placed, paid_at = placed,
        shipped_at = placed + interval '6 hours'
    FROM (SELECT id, timestamptz '2020-01-01 12:00Z' + row_number() OVER (ORDER BY id) * interval '1 day'
            AS placed FROM orders WHERE vendor_id = :vendor_id) AS days
    WHERE days.id = orders.id;
    INSERT INTO payments (vendor_id, order_id, provider, amount, currency, status)
    SELECT vendor_id, id, 'manual', 1, 'EUR', 'succeeded' FROM orders WHERE vendor_id = :vendor_id
    ON CONFLICT DO NOTHING;
    INSERT INTO refunds (vendor_id, order_id, payment_id, refund_key, amount, currency, reason, status,
        created_at)
    SELECT orders.vendor_id, orders.id, payments.id, orders.order_number, 1, 'EUR', '', 'succeeded', paid_at
    FROM orders JOIN payments ON payments.order_id = orders.id WHERE orders.vendor_id = :vendor_id;
    INSERT INTO order_items (vendor_id, order_id, position, product_id, product_sku, product_title, quantity,
        unit_price, total_price, tax_rate, tax_amount)
    SELECT vendor_id, id, 2, :product_id, '', '', 1, 1, 1, 0, 0 FROM orders WHERE vendor_id = :vendor_id
"""


@pytest_asyncio.fixture(scope="module")
async def shop(postgres: PostgresCluster) -> AsyncIterator[tuple[Database, int]]:
    """Two vendors with some thousand orders each; the first vendor's id."""
    async with postgres.fresh_database() as urls:
        database = Database(urls.app, timeout=60)
        vendors = []
        for prefix in ("AAA", "BBB"):
            rows = await fill_every_table(database, prefix)
            vendors.append(rows["vendors"]["id"])
            given = {"vendor_id": vendors[-1], "product_id": rows["products"]["id"]}
            who = {"customer_id": rows["customers"]["id"], "cart_id": rows["carts"]["id"]}
            async with database.platform() as session:
                filling = {"vendor_id": vendors[-1], "prefix": prefix, "count": COUNT}
                await session.execute(FILL, filling | who)
                for statement in map(text, SPREAD.split(";")):
                    named = {name: given[name] for name in statement.compile().params}
                    await session.execute(statement, named)
        engine = create_async_engine(urls.owner, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for table in ("orders", "order_items", "refunds"):
                await connection.execute(text(f"VACUUM ANALYZE {table}"))
        await engine.dispose()
        yield database, vendors[0]
        await database.close()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (PLACED, "ix_orders_vendor_id_"),  # by time, or with the status as well
        (PAID, "ix_orders_vendor_id_paid_at"),
        (REFUNDED, "ix_refunds_vendor_id_created_at"),
        (SHIPPED, "ix_orders_vendor_id_shipped_at"),
        (SOLD, "ix_orders_vendor_id_paid_at"),
    ],
    ids=["placed", "paid", "refunded", "shipped", "sold"],
)
async def test_week_comes_from_the_index(shop: tuple[Database, int], statement: str, index: str) -> None:
    database, vendor_id = shop
    async with database.reading(vendor_id) as session:
        paid = (await session.execute(*given_to(PAID, WEEK))).mappings().all()
        more = paid_orders(paid) if statement is SOLD else {}
        explained = given_to(f"EXPLAIN (COSTS OFF) {statement}", WEEK, **more)
        plan = "\n".join((await session.scalars(*explained)).all())

    assert index in plan, plan
    for table in ("orders", "order_items", "refunds"):
        assert f"Seq Scan on {table}" not in plan, plan


async def test_week_of_one_order_a_day(shop: tuple[Database, int]) -> None:
    database, vendor_id = shop
    async with database.reading(vendor_id) as session:
        analytics = await get_analytics(session, WEEK)

    one = Figures(orders=1, paid_orders=1, revenue=Decimal(1), refunds=Decimal(1))
    for found in analytics:
        assert found.days == [one] * 7
        assert found.total == Figures(7, 7, Decimal(7), Decimal(7))
        assert [found.median_hours_to_ship, *found.medians_to_ship] == [Decimal(6)] * 8
        assert found.total.average_order_value == Decimal(1)
        assert found.median_hours_to_ship == Decimal(6)
        [product] = found.top_by_revenue
        assert (product.quantity, str(product.revenue)) == (7, "7.00")
