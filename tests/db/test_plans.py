"""No statement that somebody waits for goes through a table that grows: as the application, for a vendor.

Each question is asked through its query function. The plans of what that sends are looked at, for its
parameters and for any, and PostgreSQL's own counters tell of the functions that no plan looks into.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from bench.size.plans import Scan, generic_plan_of, plan_of, recording, scans_of, since, touched, whole
from bench.size.session_as_direct import SessionAsDirect
from db.queries import (
    accounts,
    disputes,
    findings,
    invoices,
    live_events,
    messages,
    notes,
    order_counts,
    order_exports,
    order_lists,
    order_timeline,
    orders,
    placements,
)
from db.queries.analytics import get_analytics
from db.queries.live_events import Horizon
from db.queries.order_filters import OrderFilter
from db.queries.order_sorts import OrderSort, Place
from db.queries.waits import get_waits
from db.tables import Order
from domain.lifecycle import OrderStatus, PaymentStatus
from domain.periods import Period
from tests.db.full_shops import BIG, SMALL, FullShops, SomeOrder

# Of the transactions that are told to have written events.
_NEWEST = text("""
    SELECT vendor_id, max(transaction_id) FROM order_events
    WHERE vendor_id = current_setting('app.vendor_id')::bigint GROUP BY 1
""")

Ask = Callable[[AsyncSession, SomeOrder], Awaitable[object]]


@dataclass(frozen=True)
class Question:
    """What is asked.

    `rows` bounds how many rows of growing tables may be looked at for it. `by_vendor`: orders are found in an
    index by their vendor, which is how row-level security asks for them, or by their id. `in_bulk`: it is
    never run so often that PostgreSQL would plan it for any parameters.
    """

    name: str
    ask: Ask
    rows: int | None = None
    by_vendor: bool = False
    in_bulk: bool = False


def _listing(
    wanted: Callable[[SomeOrder], OrderFilter], *, deep: bool = False, sort: OrderSort = OrderSort.NEWEST
) -> Ask:
    async def ask(session: AsyncSession, order: SomeOrder) -> object:
        value = order.created_at if sort.by_time else 10_000
        place = Place(sort, value, order.id) if deep else None
        return await order_lists.list_vendor_orders(
            SessionAsDirect(session), wanted(order), sort=sort, limit=51, place=place
        )

    return ask


def _counting(wanted: Callable[[SomeOrder], OrderFilter]) -> Ask:
    async def ask(session: AsyncSession, order: SomeOrder) -> object:
        return await order_counts.count_orders(SessionAsDirect(session), wanted(order))

    return ask


def _week(order: SomeOrder, **others: str) -> OrderFilter:
    return OrderFilter(
        placed_from=order.created_at - timedelta(days=6),
        placed_before=order.created_at + timedelta(days=1),
        **others,  # type: ignore[arg-type]
    )


async def _detail(session: AsyncSession, order: SomeOrder) -> None:
    await order_lists.get_vendor_order(session, order_id=order.id)
    await orders.get_history(session, order_id=order.id)
    await messages.list_messages(session, order_id=order.id)
    await notes.list_notes(session, order_id=order.id)
    await disputes.list_disputes(session, order_id=order.id)
    await orders.get_payment(session, order_id=order.id)
    await get_waits(session, order_id=order.id)
    await order_timeline.list_events(session, order_id=order.id)
    await findings.list_open_of(session, order_id=order.id)


async def _own_detail(session: AsyncSession, order: SomeOrder) -> None:
    await orders.get_order(session, order_id=order.id, customer_id=order.customer_id)
    await orders.read_placed(
        SessionAsDirect(session), order_number=order.order_number, customer_id=order.customer_id
    )


async def _own_orders(session: AsyncSession, order: SomeOrder) -> None:
    await orders.list_customer_orders(session, customer_id=order.customer_id)
    await orders.list_customer_orders(
        session, customer_id=order.customer_id, before=(order.created_at, order.id)
    )
    await orders.newest_unpaid(session, customer_id=order.customer_id)


async def _figures(session: AsyncSession, _order: SomeOrder) -> None:
    today = datetime.now(UTC).date()
    await get_analytics(session, Period(today - timedelta(days=6), today, ZoneInfo("Europe/Luxembourg")))


async def _streams(session: AsyncSession, order: SomeOrder) -> None:
    vendor_id, newest = (await session.execute(_NEWEST)).one()
    await live_events.check_order(session, order_id=order.id, customer_id=order.customer_id)
    await live_events.newest_change(session, order_id=order.id)
    await live_events.changes_since(session, order_id=order.id, sequence=2)
    await live_events.last_message(session, order_id=order.id)
    await live_events.messages_since(session, order_id=order.id, message_id=1)
    within = Horizon(newest - 2_000, (await live_events.horizon(session)).ends)
    await live_events.changes_from_transaction(session, vendor_id=vendor_id, within=within, how_many=101)
    await live_events.messages_from_transaction(session, vendor_id=vendor_id, within=within, how_many=101)


def _exporting(rows: order_exports.ExportRows) -> Ask:
    async def ask(session: AsyncSession, order: SomeOrder) -> None:
        day = OrderFilter(placed_from=order.created_at, placed_before=order.created_at + timedelta(days=1))
        async for _ in order_exports.read_export(session, day, rows):
            pass

    return ask


async def _invoices_of_order(session: AsyncSession, order: SomeOrder) -> None:
    await invoices.list_of_order(session, order_id=order.id)


async def _invoices(session: AsyncSession, order: SomeOrder) -> None:
    first = order.created_at.date().replace(day=1)
    last = first + timedelta(days=30)
    listed = await invoices.list_of_vendor(session, limit=51)
    await invoices.list_of_vendor(session, first=first, last=last, limit=51)
    newest = listed[0].invoice
    await invoices.list_of_vendor(session, before=(newest.issued_on, newest.id), limit=51)
    await invoices.get_invoice(session, invoice_id=newest.id)


async def _books(session: AsyncSession, order: SomeOrder) -> None:
    first = order.created_at.date().replace(day=1)
    async for _ in invoices.read_accounts(session, first=first, last=first + timedelta(days=30)):
        pass


async def _due_invoices(session: AsyncSession, order: SomeOrder) -> None:
    first = order.created_at.replace(day=1)
    await invoices.list_due(session, first=first, end=first + timedelta(days=30), limit=101)


async def _sign_in_links(session: AsyncSession, order: SomeOrder) -> None:
    vendor_id = await session.scalar(text("SELECT current_setting('app.vendor_id')::bigint"))
    assert vendor_id is not None
    await accounts.find_link_target(session, vendor_id=vendor_id, email=order.email)


async def _placements(session: AsyncSession, order: SomeOrder) -> None:
    given = {"customer_id": order.customer_id, "order_number": order.order_number}
    await placements.get_placement(session, **given)  # type: ignore[arg-type]
    await placements.find_placements(
        session, customer_id=order.customer_id, idempotency_key="none", cart=(order.customer_id, 1)
    )


def _filters() -> Iterable[tuple[str, Callable[[SomeOrder], OrderFilter]]]:
    """Every filter of the list."""
    yield "nothing", lambda _: OrderFilter()
    for status in OrderStatus:
        yield status, lambda _, status=status: OrderFilter(status=status)  # type: ignore[misc]
    for paid in PaymentStatus:
        yield f"payment {paid}", lambda _, paid=paid: OrderFilter(payment_status=paid)  # type: ignore[misc]
    yield "both statuses", lambda _: OrderFilter(status="delivered", payment_status="refunded")
    yield "a customer", lambda order: OrderFilter(customer_id=order.customer_id)
    yield "a customer and a status", lambda order: OrderFilter("delivered", customer_id=order.customer_id)
    yield "a week", _week
    yield "a week and a status", lambda order: _week(order, status="cancelled")
    yield "a week and a payment status", lambda order: _week(order, payment_status="refunded")
    yield "a name", lambda _: OrderFilter(search="anna")
    yield "two names", lambda _: OrderFilter(search="anna mü")
    yield "a number", lambda order: OrderFilter(search=order.order_number)
    yield "nobody", lambda _: OrderFilter(search="nobodyiscalledso")
    yield "a name and a status", lambda _: OrderFilter(status="delivered", search="anna")
    yield "a name in a week", lambda order: _week(order, search="anna")


_BY_VENDOR = {
    *("nothing", *OrderStatus, *(f"payment {paid}" for paid in PaymentStatus), "both statuses"),
    *("a week", "a week and a status", "a week and a payment status"),
}
QUESTIONS = [
    *(
        Question(f"list{where}: {name}", _listing(wanted, deep=deep), by_vendor=name in _BY_VENDOR)
        for where, deep in (("", False), (", further on", True))
        for name, wanted in _filters()
    ),
    *(
        Question(f"list, {sort}{where}: {name}", _listing(wanted, deep=deep, sort=sort))
        for sort in (OrderSort.OLDEST, OrderSort.HIGHEST)
        for where, deep in (("", False), (", further on", True))
        for name, wanted in _filters()
        if name in {"nothing", "pending", "both statuses", "a week", "a name and a status"}
    ),
    Question("an order", _detail, rows=60),
    Question("a customer's order", _own_detail, rows=60),
    Question("a customer's orders", _own_orders),
    Question("figures", _figures, by_vendor=True, in_bulk=True),
    Question("streams", _streams, rows=2_000),
    Question("file of orders", _exporting("orders"), by_vendor=True, in_bulk=True),
    Question("file of lines", _exporting("items"), by_vendor=True, in_bulk=True),
    Question("whom a link goes to", _sign_in_links, rows=20),
    Question("placements", _placements, rows=20),
    Question("an order's invoices", _invoices_of_order, rows=20),
    Question("invoices", _invoices),
    Question("books", _books, in_bulk=True),
    Question("invoices that are due", _due_invoices, in_bulk=True),
    *(
        Question(f"counts: {name}", _counting(wanted), by_vendor=name in _BY_VENDOR)
        for name, wanted in _filters()
        if name not in set(OrderStatus)
    ),
]


@pytest.mark.parametrize("vendor_id", [BIG, SMALL], ids=["big vendor", "small vendor"])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
async def test_question_goes_by_indexes(shops: FullShops, question: Question, vendor_id: int) -> None:
    order = shops.orders[vendor_id]
    async with shops.database.reading(vendor_id) as session:
        connection = await session.connection()
        # What the connection did before may not have been added up yet.
        before = await touched(connection)
        with recording(shops.database.engine) as sent:
            await question.ask(session, order)
        read = since(before, await touched(connection))
        plans = [await plan_of(connection, each) for each in sent]
        if not question.in_bulk:
            plans += [await generic_plan_of(connection, each) for each in sent]

    assert sent
    scans = [scan for plan in plans for scan in scans_of(plan)]
    assert whole(scans) == []
    assert {table: each.scans for table, each in read.items() if each.scans} == {}
    if question.by_vendor:
        assert [
            scan
            for scan in scans
            if scan.table == "orders" and scan.index != "pk_orders" and "vendor_id" not in str(scan.condition)
        ] == []
    if question.rows is not None:
        assert sum(each.rows for each in read.values()) <= question.rows, read


async def test_rare_status_sorted_by_total_is_found_quickly_however_often_it_is_asked_for(
    shops: FullShops,
) -> None:
    """PostgreSQL plans a statement for any parameters when it has run some times."""
    wanted = OrderFilter(status="shipped")
    async with shops.database.reading(BIG) as session:
        connection = await session.connection()
        for _ in range(10):
            before = await touched(connection)
            found = await order_lists.list_vendor_orders(
                SessionAsDirect(session), wanted, sort=OrderSort.HIGHEST, limit=51
            )
            read = since(before, await touched(connection))

    assert found
    assert read["orders"].rows < 500, read


async def test_whole_tables_are_seen(shops: FullShops) -> None:
    """The looking itself: a filter without an index, and one whose index is gone."""
    rare = OrderFilter(customer_id=shops.orders[BIG].customer_id)
    async with shops.database.reading(BIG) as session:
        with recording(shops.database.engine) as sent:
            await order_lists.list_vendor_orders(SessionAsDirect(session), rare)
            await session.execute(select(Order.id).where(Order.carrier == "nobody"))
        by_customer, by_carrier = sent[0], sent[-1]
        own = await session.connection()
        found = [whole(scans_of(await plan_of(own, each))) for each in (by_customer, by_carrier)]
        read = await touched(own)
    engine = create_async_engine(shops.superuser_url)
    async with engine.connect() as connection:
        await connection.execute(text("DROP INDEX ix_orders_customer_id"))
        await connection.execute(text("SET LOCAL ROLE orion_app"))
        await connection.execute(text(f"SET LOCAL app.vendor_id = {BIG}"))
        without = whole(scans_of(await plan_of(connection, by_customer)))
        await connection.rollback()
    await engine.dispose()

    assert found == [[], [Scan("orders", "Seq Scan", None, None)]]
    assert read["orders"].scans == 1
    assert without == [Scan("orders", "Seq Scan", None, None)]
