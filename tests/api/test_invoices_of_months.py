"""A month's invoices through the API: issued together, listed, and as a file for the books."""

import csv
import io
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from tests.api.backoffice import create_order, vendor_headers
from tests.api.invoiced import PAID_AT, VENDOR, number, own, paid_order, set_up_invoices
from tests.api.sales import change, refund
from tests.api.storefront import Storefront
from tests.builders import create_vendor_user


@pytest_asyncio.fixture
async def shop(database: Database, storefront: Storefront) -> Storefront:
    """A shop that has said who sells."""
    await set_up_invoices(database, storefront.vendor)
    return storefront


@pytest_asyncio.fixture
async def staff(database: Database, storefront: Storefront) -> dict[str, str]:
    user = await create_vendor_user(database, storefront.vendor, role="staff")
    return vendor_headers(storefront.settings, user)


async def test_month_is_issued_in_the_order_in_which_it_was_paid(
    client: httpx.AsyncClient, database: Database, shop: Storefront, staff: dict[str, str]
) -> None:
    late = await paid_order(database, shop, paid_at=datetime(2026, 11, 30, 23, tzinfo=UTC))
    early = await paid_order(database, shop, paid_at=datetime(2026, 11, 1, tzinfo=UTC))
    await paid_order(database, shop, paid_at=datetime(2026, 12, 1, tzinfo=UTC))
    unpaid = await create_order(
        database, shop.customer, shop.mug, status="pending", payment_status="pending", created_at=PAID_AT
    )
    issued = await client.post(f"{VENDOR}/invoices", json={"month": "2026-11"}, headers=staff)
    again = await client.post(f"{VENDOR}/invoices", json={"month": "2026-11"}, headers=staff)

    assert issued.json() == {"issued": 2, "more": False}
    assert again.json() == {"issued": 0, "more": False}
    listed = (await client.get(f"{VENDOR}/invoices", headers=staff)).json()
    assert [each["order_id"] for each in listed] == [late.id, early.id]
    assert unpaid.id not in {each["order_id"] for each in listed}


async def test_month_issues_what_was_refunded_in_it(
    client: httpx.AsyncClient, database: Database, shop: Storefront, staff: dict[str, str]
) -> None:
    order = await paid_order(database, shop, paid_at=datetime(2026, 10, 20, tzinfo=UTC))
    await refund(database, order, 5, "succeeded", datetime(2026, 11, 5, tzinfo=UTC))
    issued = await client.post(f"{VENDOR}/invoices", json={"month": "2026-11"}, headers=staff)

    assert issued.json() == {"issued": 2, "more": False}
    listed = (await client.get(f"{VENDOR}/orders/{order.id}/invoices", headers=staff)).json()["invoices"]
    assert [each["kind"] for each in listed] == ["invoice", "credit_note"]


async def test_long_month_is_issued_a_hundred_at_a_time(
    client: httpx.AsyncClient,
    database: Database,
    shop: Storefront,
    staff: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.invoicing.MOST_AT_ONCE", 2)
    for _ in range(3):
        await paid_order(database, shop)
    answers = [
        (await client.post(f"{VENDOR}/invoices", json={"month": "2026-11"}, headers=staff)).json()
        for _ in range(3)
    ]
    assert answers == [
        {"issued": 2, "more": True},
        {"issued": 1, "more": False},
        {"issued": 0, "more": False},
    ]


async def test_list_goes_on_where_a_page_ended(
    client: httpx.AsyncClient, database: Database, shop: Storefront, staff: dict[str, str]
) -> None:
    for _ in range(5):
        await client.post(own(shop, await paid_order(database, shop)), headers=shop.headers)
    url: str | None = f"{VENDOR}/invoices?limit=2&month={datetime.now(UTC):%Y-%m}"
    seen = []
    while url:
        page = await client.get(url, headers=staff)
        seen += [each["number"] for each in page.json()]
        url = page.links["next"]["url"] if page.links else None
    assert seen == [number("INV", last) for last in (5, 4, 3, 2, 1)]
    other = await client.get(f"{VENDOR}/invoices?month=2001-01", headers=staff)
    assert other.json() == []


async def test_books_add_up_to_what_was_sold_less_what_went_back(
    client: httpx.AsyncClient, database: Database, shop: Storefront, staff: dict[str, str]
) -> None:
    order = await paid_order(database, shop)
    await refund(database, order, 5, "succeeded", PAID_AT)
    await client.post(own(shop, order), headers=shop.headers)
    file = await client.get(f"{VENDOR}/invoices/export.csv?month={datetime.now(UTC):%Y-%m}", headers=staff)

    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [(row["number"], row["total_amount"], row["tax_amount"]) for row in rows] == [
        (number("INV", 1), "19.90", "2.89"),
        (number("CN", 1), "-5.00", "-0.73"),
    ]
    assert {(row["buyer"], row["country"], row["tax_rate"]) for row in rows} == {("Jane Doe", "LU", "17.00")}


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "", "2026-11-01", "9999-12"])
async def test_what_is_no_month_is_refused(
    client: httpx.AsyncClient, shop: Storefront, staff: dict[str, str], month: str
) -> None:
    answers = [
        await client.get(f"{VENDOR}/invoices?month={month}", headers=staff),
        await client.get(f"{VENDOR}/invoices/export.csv?month={month}", headers=staff),
        await client.post(f"{VENDOR}/invoices", json={"month": month}, headers=staff),
    ]
    assert [answer.status_code for answer in answers] == [422] * 3


async def test_books_have_no_nothing_with_a_minus(
    client: httpx.AsyncClient, database: Database, shop: Storefront, staff: dict[str, str]
) -> None:
    order = await paid_order(database, shop)
    await change(database, order, tax_summary=[{"rate": "0", "base": "19.90", "tax": "0.00"}])
    await refund(database, order, 5, "succeeded", PAID_AT)
    await client.post(own(shop, order), headers=shop.headers)
    file = await client.get(f"{VENDOR}/invoices/export.csv?month={datetime.now(UTC):%Y-%m}", headers=staff)

    assert ",0.00,-5.00,0.00,-5.00,EUR" in file.text
