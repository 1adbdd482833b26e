"""Orders as a file: the same that the list shows, safe in spreadsheets."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import update

from api.exporting import ExportSlots
from db.session import Database
from db.tables import Order
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code
from tests.builders import create_customer, create_product, create_vendor, create_vendor_user

LIST = "/api/v1/vendor/orders"
PATH = f"{LIST}/export.csv"
NOON = datetime(2026, 11, 20, 12, 0, 0, 250, tzinfo=UTC)
COLUMNS = (
    "order_number,created_at,status,payment_status,customer_name,customer_email,items_count,subtotal,"
    "shipping_cost,tax_amount,discount_amount,total_amount,refunded_amount,currency,shipping_country,carrier,"
    "tracking_number,payment_method,paid_at,shipped_at,delivered_at"
)
ITEM_COLUMNS = (
    "order_number,created_at,status,sku,title,quantity,unit_price,total_price,tax_rate,tax_amount,currency"
)


@pytest_asyncio.fixture
async def staff(database: Database, storefront: Storefront) -> dict[str, str]:
    return vendor_headers(storefront.settings, await create_vendor_user(database, storefront.vendor))


@pytest_asyncio.fixture
async def orders(database: Database, storefront: Storefront) -> list[Order]:
    """Three orders, placed a day apart; the first one is the oldest, the second one is Rita's."""
    rita = await create_customer(
        database, storefront.vendor, first_name="=HYPERLINK(1)", last_name="Rita", email="-rita@mail.example"
    )
    lure = await create_product(database, storefront.vendor, title="+352;=1", price=Decimal(7))
    shape = [
        (storefront.customer, storefront.mug, "pending", "pending"),
        (rita, lure, "shipped", "paid"),
        (storefront.customer, storefront.pot, "confirmed", "paid"),
    ]
    return [
        await create_order(
            database,
            customer,
            product,
            status=status,
            payment_status=payment_status,
            created_at=NOON + timedelta(days=day),
        )
        for day, (customer, product, status, payment_status) in enumerate(shape)
    ]


def read(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), strict=True))


async def test_row_of_an_order(
    client: httpx.AsyncClient, database: Database, orders: list[Order], staff: dict[str, str]
) -> None:
    shipped = {"carrier": "@post", "tracking_number": "RR1", "paid_at": NOON, "shipped_at": NOON}
    async with database.platform() as session:
        await session.execute(update(Order).where(Order.id == orders[1].id).values(**shipped))

    answer = await client.get(PATH, headers=staff)
    rows = read(answer)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    today = datetime.now(UTC).date()
    assert answer.headers["content-disposition"] == f'attachment; filename="orders-{today}.csv"'
    assert answer.text.splitlines()[0].removeprefix("\ufeff") == COLUMNS
    assert answer.text.count("\r\n") == 4
    assert [row["order_number"] for row in rows] == [order.order_number for order in reversed(orders)]
    assert list(rows[1].values()) == [
        *(orders[1].order_number, "2026-11-21T12:00:00Z", "shipped", "paid"),
        *("'=HYPERLINK(1) Rita", "'-rita@mail.example", "1"),
        *("7.00", "0.00", "0.00", "0.00", "7.00", "0.00", "EUR", "LU", "'@post", "RR1", "stripe"),
        *("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", ""),
    ]


async def test_row_of_a_line(client: httpx.AsyncClient, orders: list[Order], staff: dict[str, str]) -> None:
    answer = await client.get(PATH, params={"rows": "items", "status": "shipped"}, headers=staff)
    [row] = read(answer)

    assert answer.headers["content-disposition"].startswith('attachment; filename="order-items-')
    assert ",".join(row) == ITEM_COLUMNS
    sku = row.pop("sku")
    assert sku.startswith("MUG-")
    assert list(row.values()) == [
        *(orders[1].order_number, "2026-11-21T12:00:00Z", "shipped", "'+352;'=1"),
        *("1", "7.00", "7.00", "17.00", "0.00", "EUR"),
    ]


@pytest.mark.parametrize("rows", ["orders", "items"])
async def test_file_has_what_the_list_shows(
    client: httpx.AsyncClient, orders: list[Order], staff: dict[str, str], rows: str
) -> None:
    filters: list[dict[str, str | int]] = [
        {},
        {"status": "shipped"},
        {"payment_status": "paid"},
        {"customer_id": orders[0].customer_id},
        {"date_from": "2026-11-21"},
        {"date_to": "2026-11-21"},
        {"search": "rita"},
        {"search": "jane", "status": "pending"},
        {"search": "nobody"},
    ]
    for wanted in filters:
        listed = (await client.get(LIST, params=wanted, headers=staff)).json()
        exported = read(await client.get(PATH, params={**wanted, "rows": rows}, headers=staff))
        numbers = [row["order_number"] for row in exported]
        assert numbers == [order["order_number"] for order in listed], wanted


async def test_orders_of_another_vendor_are_not_in_it(
    client: httpx.AsyncClient, database: Database, orders: list[Order], storefront: Storefront
) -> None:
    other = vendor_headers(
        storefront.settings, await create_vendor_user(database, await create_vendor(database))
    )

    for rows in ("orders", "items"):
        assert read(await client.get(PATH, params={"rows": rows}, headers=other)) == []


@pytest.mark.parametrize(
    "query", ["rows=lines", "rows=", "status=lost", "customer_id=0", "date_from=yesterday", "search=a%00b"]
)
async def test_rubbish_queries_are_refused(
    client: httpx.AsyncClient, staff: dict[str, str], query: str
) -> None:
    answer = await client.get(f"{PATH}?{query}", headers=staff)

    assert (answer.status_code, code(answer)) == (422, "validation_failed"), answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


async def test_one_export_too_many_is_asked_to_wait(
    live_app: FastAPI, storefront: Storefront, staff: dict[str, str]
) -> None:
    slots = ExportSlots(1)
    live_app.state.context = replace(live_app.state.context, exports=slots)
    transport = httpx.ASGITransport(live_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        with slots.taking():
            refused = await client.get(PATH, headers=staff)
        assert (refused.status_code, code(refused)) == (429, "rate_limited")
        assert int(refused.headers["Retry-After"]) > 0
        assert read(await client.get(PATH, headers=staff)) == []
    assert slots.taken == 0
