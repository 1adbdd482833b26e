"""Order search: by the beginning of any word or part of one, within the session's vendor, on the index."""

import string
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from bench.size.plans import since, touched
from bench.size.session_as_direct import SessionAsDirect
from db.queries import order_search
from db.queries.order_filters import OF_ORDERS, OrderFilter
from db.queries.order_lists import list_vendor_orders
from db.queries.order_search import FOUND, found_by
from db.queries.order_sorts import OrderSort, place_of, sorting
from db.session import Database
from db.tables import Order
from tests.db.rows import fill_every_table
from tests.fixtures.postgres import PostgresCluster

NUMBER = "ACME-20261122-00042"
FIRST_NAME = "Jean-Luc"
LAST_NAME = "O'Neill Müller"
EMAIL = "Jean.Luc+shop@mail.example.com"

FILL = text("""
    WITH numbered AS (SELECT n, :prefix || '-20261122-' || lpad(n::text, 5, '0') AS number
                      FROM generate_series(1, :count) AS n),
    placed AS (
        INSERT INTO placements (vendor_id, customer_id, cart_id, cart_version, idempotency_key, request_hash,
            request, quoted_total, order_number)
        SELECT :vendor_id, :customer_id, :cart_id, n + 1, 'key-' || n, '', '{}', 1, number FROM numbered
        RETURNING id, cart_version - 1 AS n, order_number)
    INSERT INTO orders (vendor_id, customer_id, placement_id, order_number, status, payment_status, subtotal,
        shipping_cost, tax_amount, discount_amount, total_amount, currency, prices_include_tax, tax_summary,
        shipping_method, shipping_address, billing_address, payment_method, created_at, search_document)
    SELECT :vendor_id, :customer_id, id, order_number, 'pending', 'pending', 1, 0, 0, 0, 1, 'EUR', false,
        '[]', 'standard', '{}', '{}', 'manual', timestamptz '2026-11-22' + n * interval '1 second',
        order_search_document(:vendor_id, timestamptz '2026-11-22' + n * interval '1 second', order_number,
            'Jane', 'Doe' || n, 'jane' || n || '@example.com')
    FROM placed
""")


async def search(session: AsyncSession, words: str) -> list[int]:
    newest = select(FOUND.c.id).order_by(FOUND.c.created_at.desc())
    return list((await session.scalars(newest, found_by(OrderFilter(search=words)))).all())


async def describe_order(database: Database, vendor_id: int, **words: str) -> None:
    """Give the vendor's orders a document of these words."""
    named: dict[str, Any] = {"order_number": NUMBER, "first_name": "", "last_name": "", "email": ""} | words
    document = func.order_search_document(
        vendor_id,
        Order.created_at,
        named["order_number"],
        named["first_name"],
        named["last_name"],
        named["email"],
    )
    async with database.vendor(vendor_id) as session:
        await session.execute(update(Order).values(search_document=document))


@pytest_asyncio.fixture
async def order(database: Database) -> dict[str, Any]:
    row = (await fill_every_table(database, "one"))["orders"]
    names = {"first_name": FIRST_NAME, "last_name": LAST_NAME, "email": EMAIL}
    await describe_order(database, row["vendor_id"], **names)
    return row


@pytest.mark.parametrize(
    "words",
    [
        NUMBER,
        "acme-2026",
        "20261122-00042",
        "00042",
        "jean",
        "JEAN-L",
        "luc",
        "O'Neill",
        "neill",
        "MÜLLER",
        "müll",
        "jean müller 00042",
        EMAIL,
        "jean.luc",
        "shop@mail",
        "mail.example.com",
        "@mail.example.com",
        "  (jean,\t luc) ",
    ],
)
async def test_order_is_found(database: Database, order: dict[str, Any], words: str) -> None:
    async with database.reading(order["vendor_id"]) as session:
        assert await search(session, words) == [order["id"]]


@pytest.mark.parametrize("words", ["", " ", "***", "jeanne", "eill", "jean smith", "0042", "v1", "@1", "1"])
async def test_order_is_not_found(database: Database, order: dict[str, Any], words: str) -> None:
    async with database.reading(order["vendor_id"]) as session:
        assert await search(session, words) == []


@pytest.mark.parametrize("mark", string.punctuation + "\u2019€\U0001f600")
async def test_word_with_any_mark_inside_is_found(
    database: Database, order: dict[str, Any], mark: str
) -> None:
    await describe_order(database, order["vendor_id"], last_name=f"left{mark}right")
    async with database.reading(order["vendor_id"]) as session:
        assert await search(session, f"left{mark}right") == [order["id"]]
        assert await search(session, f"left{mark}ri") == [order["id"]]
        assert await search(session, f"left{mark}wrong") == []


@pytest.mark.parametrize(
    "words",
    [
        "'",
        "\\",
        "q\\",
        "q'",
        "''",
        "q:*x",
        "!q",
        "q & | (",
        "q <-> x",
        "' OR 1=1 --",
        "%_",
        "\x01\x7f",
        "\u202eabc",
        "x" * 100_000,
        "x " * 50_000,
        "é" * 5_000,
    ],
    ids=str.__len__,
)
async def test_rubbish_finds_nothing_and_breaks_nothing(
    database: Database, order: dict[str, Any], words: str
) -> None:
    async with database.reading(order["vendor_id"]) as session:
        assert await search(session, words) == []


async def test_very_long_name_can_be_stored_and_found(database: Database, order: dict[str, Any]) -> None:
    await describe_order(database, order["vendor_id"], last_name="y" * 10_000)
    async with database.reading(order["vendor_id"]) as session:
        assert await search(session, "y" * 10_000) == [order["id"]]


async def test_search_finds_nothing_without_a_vendor(database: Database, order: dict[str, Any]) -> None:
    async with database.engine.connect() as connection:
        assert (
            await connection.scalars(select(FOUND.c.id), found_by(OrderFilter(search="jean")))
        ).all() == []


async def test_search_does_not_see_another_vendor(database: Database, order: dict[str, Any]) -> None:
    other = await fill_every_table(database, "two")
    async with database.reading(other["vendors"]["id"]) as session:
        assert await search(session, "jean") == []


async def test_search_filters_by_vendor_even_if_a_document_is_wrong(
    database: Database, order: dict[str, Any]
) -> None:
    """The vendor's column decides, should a document ever carry another vendor's lexeme."""
    other = (await fill_every_table(database, "two"))["vendors"]["id"]
    stolen = func.order_search_document(order["vendor_id"], Order.created_at, NUMBER, FIRST_NAME, "", "")
    async with database.vendor(other) as session:
        await session.execute(update(Order).values(search_document=stolen))
    for vendor_id, expected in ((order["vendor_id"], [order["id"]]), (other, [])):
        async with database.reading(vendor_id) as session:
            assert await search(session, "jean") == expected


@pytest_asyncio.fixture(scope="module")
async def full_database(postgres: PostgresCluster) -> AsyncIterator[tuple[Database, int]]:
    """Two vendors with some thousand orders each; the first vendor's id."""
    async with postgres.fresh_database() as urls:
        database = Database(urls.app)
        vendors = []
        for prefix in ("AAA", "BBB"):
            rows = await fill_every_table(database, prefix)
            vendors.append(rows["vendors"]["id"])
            async with database.platform() as session:
                values = {"vendor_id": vendors[-1], "prefix": prefix, "count": 3000}
                values |= {"customer_id": rows["customers"]["id"], "cart_id": rows["carts"]["id"]}
                await session.execute(FILL, values)
        engine = create_async_engine(urls.owner, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE orders"))
        await engine.dispose()
        yield database, vendors[0]
        await database.close()


async def test_search_uses_the_index(full_database: tuple[Database, int]) -> None:
    """Counted by PostgreSQL inside this transaction, for EXPLAIN does not look into a function."""
    database, vendor_id = full_database
    scans = text("SELECT pg_stat_get_xact_numscans(to_regclass(:relation))")
    async with database.reading(vendor_id) as session:
        found = await search(session, "doe2999")
        indexed = await session.scalar(scans, {"relation": "ix_orders_search_document"})
        sequential = await session.scalar(scans, {"relation": "orders"})
        first, last = (func.order_search_span(which(Order.created_at)) for which in (func.min, func.max))
        spans = await session.scalar(select(1 + last - first))
    # Once for every span there are orders of.
    assert (len(found), indexed, sequential) == (1, spans, 0)


async def test_search_knows_what_it_found(full_database: tuple[Database, int]) -> None:
    database, vendor_id = full_database
    async with database.reading(vendor_id) as session:
        found = (await session.execute(select(FOUND), found_by(OrderFilter(search="doe2999")))).one()
        order = (await session.scalars(select(Order).where(Order.id == found.id))).one()
        everything = await search(session, "jane example.com")
    assert order.order_number == "AAA-20261122-02999"
    assert [getattr(found, name) for name in OF_ORDERS] == [
        order.id,
        "pending",
        "pending",
        order.customer_id,
        order.created_at,
        100,
    ]
    assert len(everything) == 3000


@pytest.mark.parametrize("sort", [OrderSort.NEWEST, OrderSort.OLDEST])
async def test_words_that_hundreds_of_a_span_have_are_looked_for_in_its_order(
    full_database: tuple[Database, int], sort: OrderSort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To gather and sort all that match would read every one of them for each page."""
    monkeypatch.setattr(order_search, "AT_HAND_BY_TIME", 1)
    database, vendor_id = full_database
    wanted, paged, place = OrderFilter(search="jane"), list[int](), None
    pages = 4
    async with database.reading(vendor_id) as session:
        before = await touched(await session.connection())
        for _ in range(pages):
            page = await list_vendor_orders(
                SessionAsDirect(session), wanted, sort=sort, limit=50, place=place
            )
            paged += [listed.order["id"] for listed in page]
            place = place_of(page[-1].order, sort)
        read = since(before, await touched(await session.connection()))["orders"].rows
        filled = select(Order.id).where(Order.order_number.like("AAA-20261122-%"))
        expected = (await session.scalars(filled.order_by(*sorting(sort)).limit(50 * pages))).all()
    assert paged == expected
    assert read < 1_500 * pages
