"""The desk's figures: the same as the JSON's, in words as well as drawn."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from api.pages.languages import LANGUAGES
from db.session import Database
from db.tables import Product, Vendor
from tests.api.backoffice import create_order
from tests.api.pages.browsing import Browser, Read, desk_browser
from tests.api.sales import at, change, refund, sell_for_two_weeks
from tests.api.storefront import Storefront
from tests.builders import create_vendor_user

WEEK = "date_from=2026-11-16&date_to=2026-11-22"
JSON = "/api/v1/vendor/analytics"
NONE = "\N{EN DASH}"
ENGLISH = LANGUAGES.choose("en")


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, database: Database, storefront: Storefront) -> Browser:
    """The desk, looked at by somebody who may only look."""
    user = await create_vendor_user(database, storefront.vendor, role="viewer")
    return desk_browser(client, storefront.settings, user)


async def figures(desk: Browser, query: str) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.client.get(f"{JSON}?{query}")).json()
    return found


async def keep(database: Database, row: Vendor | Product, **values: object) -> None:
    """Other values for columns of a row."""
    async with database.platform() as session:
        await session.execute(update(type(row)).where(type(row).id == row.id).values(**values))


def money(amount: float) -> str:
    return ENGLISH.money(Decimal(str(amount)), "EUR")


def rows(html: str, table: str) -> list[list[str]]:
    """The cells of a table's body as texts."""
    body = re.search(rf'<table id="{table}".*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    assert body is not None
    return [
        [Read(cell).text for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", body[1], re.DOTALL)
    ]


def bars(html: str, kind: str) -> int:
    return html.count(f'<rect class="{kind}"')


async def test_page_says_what_the_json_says(
    desk: Browser, database: Database, storefront: Storefront
) -> None:
    await sell_for_two_weeks(database, storefront)
    found = await figures(desk, WEEK)
    answer, read = await desk.open(f"/analytics?{WEEK}")

    assert answer.status_code == 200
    assert f"Revenue {money(found['revenue'])} ▲ 346% more than before" in read.text
    assert f"Orders {found['orders']} ▲ 300% more than before" in read.text
    assert f"Paid orders {found['paid_orders']} ▲ 200% more than before" in read.text
    assert f"Average order value {money(found['average_order_value'])} ▲ 49% more than before" in read.text
    assert f"Refunds {money(found['refunds'])} ▲ 67% more than before" in read.text
    assert f"Median time to ship {found['median_hours_to_ship']:g} h ▲ 25% slower than before" in read.text
    assert " ".join(ENGLISH.days(at(16).date(), at(22).date()).split()) in read.text
    days = found["per_day"]
    assert [cells[1:] for cells in rows(answer.text, "revenue-table")] == [
        [money(day["revenue"]), money(day["refunds"])] for day in days
    ]
    assert [cells[1:] for cells in rows(answer.text, "order-values-table")] == [
        [money(day["average_order_value"]) if day["paid_orders"] else NONE, str(day["paid_orders"])]
        for day in days
    ]
    hours = [day["median_hours_to_ship"] for day in days]
    assert [cells[1] for cells in rows(answer.text, "shipping-times-table")] == [
        NONE if each is None else f"{each:g}" for each in hours
    ]
    paid = sum(day["paid_orders"] > 0 for day in days)
    assert answer.text.count('<circle class="point') == paid + len(hours) - hours.count(None)
    assert '<line class="curve"' not in answer.text  # no two days beside each other have values
    assert [cells[1:] for cells in rows(answer.text, "orders-table")] == [
        [str(day["orders"]), str(day["paid_orders"])] for day in days
    ]
    assert bars(answer.text, "up") == sum(day["revenue"] > 0 for day in days) + sum(
        day["orders"] > 0 for day in days
    )
    assert bars(answer.text, "down") == sum(day["refunds"] > 0 for day in days)
    for status, reached in found["funnel"].items():
        label = {"pending": "Placed", "processing": "Being prepared"}.get(status, status.capitalize())
        assert f"{label} {reached} {found['status_counts'][status]}" in read.text
    assert "Cancelled and not counted here: 1 order." in read.text
    for product in found["top_products"]["by_revenue"]:
        named = f"{product['title']} {product['sku']}"
        assert f"{named} {money(product['revenue'])} {product['quantity']}" in read.text
        assert f"{named} {product['quantity']} {money(product['revenue'])}" in read.text


@pytest.mark.parametrize(("days", "entries"), [(7, 7), (40, 40), (90, 13), (400, 14)])
async def test_tables_add_up_to_the_json_whatever_they_count_by(
    desk: Browser, database: Database, storefront: Storefront, days: int, entries: int
) -> None:
    await sell_for_two_weeks(database, storefront)
    first = at(28).date() - timedelta(days=days - 1)
    query = f"date_from={first}&date_to=2026-11-28"
    found = await figures(desk, query)
    answer, _ = await desk.open(f"/analytics?{query}")
    shown = rows(answer.text, "revenue-table")

    assert len(shown) == entries
    for column, name in ((1, "revenue"), (2, "refunds")):
        assert sum(Decimal(cells[column].strip("€")) for cells in shown) == Decimal(str(found[name]))
    assert sum(int(cells[1]) for cells in rows(answer.text, "orders-table")) == found["orders"]
    assert len(answer.content) < 60_000
    assert " style=" not in answer.text


async def test_days_are_the_shops_own(desk: Browser, database: Database, storefront: Storefront) -> None:
    """The day on which clocks go back, 25 hours long, at its very end."""
    await keep(database, storefront.vendor, time_zone="Europe/Luxembourg")
    late = datetime(2026, 10, 25, 22, 59, tzinfo=UTC)
    last = await create_order(database, storefront.customer, storefront.mug, created_at=late)
    await change(database, last, paid_at=late)
    next_day = late + timedelta(minutes=1)
    await create_order(database, storefront.customer, storefront.mug, created_at=next_day)

    answer, read = await desk.open("/analytics?date_from=2026-10-25&date_to=2026-10-26")

    assert "days in Europe/Luxembourg" in read.text
    assert [cells[1:] for cells in rows(answer.text, "orders-table")] == [["1", "1"], ["1", "0"]]


async def test_currency_without_decimals(desk: Browser, database: Database, storefront: Storefront) -> None:
    await keep(database, storefront.vendor, currency="JPY")
    order = await create_order(database, storefront.customer, storefront.pot, created_at=at(16))
    await change(database, order, paid_at=at(16))
    await refund(database, order, 49, "succeeded", at(16))

    answer, read = await desk.open(f"/analytics?{WEEK}")

    assert "Revenue ¥49 " in read.text
    assert rows(answer.text, "revenue-table")[0][1:] == ["¥49", "¥49"]
    assert rows(answer.text, "order-values-table")[0][1:] == ["¥49", "1"]
    assert "No orders before" in read.text


async def test_amounts_are_written_as_the_visitor_does(
    desk: Browser, database: Database, storefront: Storefront
) -> None:
    await sell_for_two_weeks(database, storefront)
    answer = await desk.client.get(f"/vendor/analytics?{WEEK}", headers={"Accept-Language": "de"})

    assert "88,80\xa0€" in answer.text
    assert ">100\xa0€</text>" not in answer.text
    assert ">80\xa0€</text>" in answer.text


async def test_new_shop_hears_what_the_page_is_for(
    desk: Browser, database: Database, storefront: Storefront
) -> None:
    _, new = await desk.open("/analytics")
    await create_order(database, storefront.customer, storefront.mug, created_at=at(16))
    answer, quiet = await desk.open("/analytics?date_from=2025-01-01&date_to=2025-01-31")

    assert "No orders yet" in new.text
    assert "Revenue" not in new.text.split("No orders yet")[0]
    assert "No orders yet" not in quiet.text
    assert "Nothing was ordered, paid or refunded in these days." in quiet.text
    assert "<rect" not in answer.text


async def test_period_is_in_the_address_and_says_what_is_not_over(
    desk: Browser, database: Database, storefront: Storefront
) -> None:
    now = datetime.now(UTC)
    await create_order(database, storefront.customer, storefront.mug, created_at=now)

    for period in ("today", "7", "30", "90", "this-month", "this-year"):
        answer, read = await desk.open(f"/analytics?period={period}")
        assert answer.status_code == 200
        assert "These days are not over yet" in read.text, period
        assert f'<a href="?period={period}" aria-current="true">' in answer.text
        assert answer.text.count("aria-current") == 2  # the menu's entry as well
    over, read = await desk.open("/analytics?period=last-month")
    assert over.status_code == 200
    assert "not over yet" not in read.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("date_from=2026-11-22&date_to=2026-11-16", "The last day is before the first one."),
        ("date_from=2025-01-01&date_to=2026-11-16", "That is too long: choose 400 days at most."),
        ("date_from=2026-11-22&date_to=", "Please choose a day."),
        ("date_from=2026-11-22", "Please choose a day."),
        ("date_from=yesterday&date_to=2026-11-16", "Please choose a day."),
        ("date_from=2026-11-31&date_to=2026-12-16", "Please choose a day."),
        ("date_from=9999-12-31&date_to=9999-12-31", "Please choose a day."),
        ('date_from="><script>&date_to=2026-11-16', "Please choose a day."),
    ],
)
async def test_days_that_cannot_be_are_said_beside_the_field(desk: Browser, query: str, said: str) -> None:
    answer, read = await desk.open(f"/analytics?{query}")

    assert answer.status_code == 422
    assert said in read.text
    assert "Revenue" not in read.text
    assert "<script>" not in answer.text.replace("<script type", "")


async def test_unknown_period_is_refused(desk: Browser) -> None:
    assert (await desk.open("/analytics?period=ages"))[0].status_code == 422


async def test_titles_are_no_markup(desk: Browser, database: Database, storefront: Storefront) -> None:
    await keep(database, storefront.mug, title='<b onclick="x">&"')
    order = await create_order(database, storefront.customer, storefront.mug, created_at=at(16))
    await change(database, order, paid_at=at(16))

    answer, read = await desk.open(f"/analytics?{WEEK}")

    assert '<b onclick="x">&"' in read.text
    assert "<b onclick" not in answer.text


async def test_file_is_of_the_days_that_are_shown(
    desk: Browser, database: Database, storefront: Storefront
) -> None:
    await sell_for_two_weeks(database, storefront)
    _, read = await desk.open(f"/analytics?{WEEK}")
    [link] = [link for link in read.links if "export.csv" in link]
    file = await desk.client.get(link)

    assert file.status_code == 200
    assert file.text.splitlines()[1].startswith("2026-11-16,1,1,19.90,0.00,19.90")
    assert len(file.text.splitlines()) == 8


async def test_file_is_by_what_the_charts_are(
    desk: Browser, database: Database, storefront: Storefront
) -> None:
    await sell_for_two_weeks(database, storefront)
    page, read = await desk.open("/analytics?date_from=2026-09-01&date_to=2026-11-28")
    [link] = [link for link in read.links if "export.csv" in link]
    file = await desk.client.get(link)

    assert link.endswith("by=week")
    assert len(file.text.splitlines()) - 1 == len(rows(page.text, "revenue-table"))
    shown = [cells[1] for cells in rows(page.text, "shipping-times-table")]
    assert [cell for cell in shown if cell != NONE] == ["12", "15"]
