"""The plans of the statements behind lists, searches, counts and figures, as a page for people."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bench.size.plans import Sent, recording
from bench.size.questions import VENDOR
from bench.size.session_as_direct import SessionAsDirect
from db.queries import messages, order_counts, orders
from db.queries.analytics import get_analytics
from db.queries.order_filters import OrderFilter
from db.queries.order_lists import get_vendor_order, list_vendor_orders
from db.queries.order_sorts import OrderSort, Place
from db.session import Database
from db.tables import Order
from domain.periods import Period

Ask = Callable[[AsyncSession], Awaitable[object]]

_HEAD = """# Plans

What PostgreSQL does for the statements that people wait for, as the application's role and under row-level
security, in a table of {orders:,} orders, {own:,} of which are the vendor's who asks. `make size` with
`ARGS="--plans FILE"` writes this page. Times depend on what else the machine does; the rows that each step
reads do not. Tests hold that no step goes through a growing table (`tests/db/test_plans.py`,
`tests/db/test_write_plans.py`).
"""
# What the function `search_orders` asks of one span, into which no plan looks.
_OF_A_SPAN = """
SELECT o.id, o.status, o.payment_status, o.customer_id, o.created_at, o.total_hundredths FROM orders o
WHERE o.vendor_id + 0 = {vendor}
  AND o.search_document @@ (order_search_queries({vendor}, 'anna', {span}, {span}))[1]
"""
# Fifty ids say no more than one.
_IDS = re.compile(r"'\{[0-9,]{40,}\}'")
_PARAMETERS = re.compile(r"(?:\$[0-9]+::BIGINT(?:, )?){4,}")
_LONG_LIST = re.compile(r"SELECT (?P<columns>[^()]{160,}?)\s+FROM", re.DOTALL)


async def explain(url: str, sizes: tuple[int, int]) -> str:
    """The page about the database behind the URL, with so many orders in all and of the vendor."""
    database = Database(url, pool_size=1, timeout=60)
    parts = [_HEAD.format(orders=sizes[0], own=sizes[1])]
    async with database.reading(VENDOR) as session:
        connection = await session.connection()
        for name, ask in (await _asked(session)).items():
            with recording(database.engine) as sent:
                await ask(session)
            parts.append(f"## {name}\n")
            parts += [await _explained(connection, each) for each in sent]
    parts.append("## A search, in one span\n\nAs the platform's role, which `search_orders` runs as.\n")
    async with database.platform() as session:
        span = await session.scalar(text("SELECT order_search_span(now()) - 1"))
        statement = Sent(_OF_A_SPAN.format(vendor=VENDOR, span=span).strip(), ())
        parts.append(await _explained(await session.connection(), statement))
    await database.close()
    return "\n".join(parts)


async def _asked(session: AsyncSession) -> dict[str, Ask]:
    newest = (await session.scalars(select(Order).order_by(Order.created_at.desc()).limit(1))).one()
    deep = (
        await session.scalars(select(Order).order_by(Order.created_at.desc()).offset(9_999).limit(1))
    ).one()
    week = OrderFilter(placed_from=deep.created_at - timedelta(days=7), placed_before=deep.created_at)
    today = datetime.now(UTC).date()
    period = Period(today - timedelta(days=89), today, ZoneInfo("Europe/Luxembourg"))

    def listing(wanted: OrderFilter, sort: OrderSort = OrderSort.NEWEST, place: Place | None = None) -> Ask:
        return lambda session: list_vendor_orders(
            SessionAsDirect(session), wanted, sort=sort, limit=51, place=place
        )

    def counting(wanted: OrderFilter) -> Ask:
        return lambda session: order_counts.count_orders(SessionAsDirect(session), wanted)

    return {
        "List: newest": listing(OrderFilter()),
        "List: 10,000 deep": listing(OrderFilter(), place=Place(OrderSort.NEWEST, deep.created_at, deep.id)),
        "List: delivered": listing(OrderFilter("delivered")),
        "List: delivered and refunded": listing(OrderFilter("delivered", "refunded")),
        "List: cancelled in a week": listing(replace(week, status="cancelled")),
        "List: one customer": listing(OrderFilter(customer_id=deep.customer_id)),
        "List: highest": listing(OrderFilter(), OrderSort.HIGHEST),
        "List: processing, highest": listing(OrderFilter("processing"), OrderSort.HIGHEST),
        "Search: a first name": listing(OrderFilter(search="anna")),
        "Search: an order number": listing(OrderFilter(search=newest.order_number)),
        "Counts": counting(OrderFilter()),
        "Counts: a week": counting(week),
        "Counts: a first name": counting(OrderFilter(search="anna")),
        "One order": lambda session: get_vendor_order(session, order_id=deep.id),
        "One order: its history": lambda session: orders.get_history(session, order_id=deep.id),
        "One order: its messages": lambda session: messages.list_messages(session, order_id=deep.id),
        "Figures of 90 days": lambda session: get_analytics(session, period),
    }


async def _explained(connection: AsyncConnection, sent: Sent) -> str:
    rows = await connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF) {sent.sql}", tuple(sent.parameters)
    )
    plan = _IDS.sub("'{…}'", "\n".join(rows.scalars()))
    statement = _PARAMETERS.sub("…", _LONG_LIST.sub("SELECT … FROM", sent.sql))
    statement = "\n".join(line.strip() for line in statement.splitlines())
    return f"```sql\n{statement}\n```\n\n```\n{plan}\n```\n"
