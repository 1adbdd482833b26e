"""The desk's page of a month's invoices."""

from datetime import UTC, date, datetime, timedelta, tzinfo

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from api import invoicing
from api.pages.desk.routes import invoices as routes
from db.session import Database
from db.tables import Vendor, VendorUser
from tests.api.invoiced import PAID_AT, paid_order, set_up_invoices
from tests.api.pages.browsing import Browser, Read, desk_browser
from tests.api.sales import refund
from tests.api.storefront import Storefront, open_storefront
from tests.builders import create_vendor_user


@pytest_asyncio.fixture
async def shop(database: Database, storefront: Storefront) -> Storefront:
    """A shop that has said who sells."""
    await set_up_invoices(database, storefront.vendor)
    return storefront


@pytest_asyncio.fixture
async def user(storefront: Storefront) -> VendorUser:
    return await create_vendor_user(storefront.database, storefront.vendor, role="staff")


@pytest.fixture
def desk(client: httpx.AsyncClient, storefront: Storefront, user: VendorUser) -> Browser:
    return desk_browser(client, storefront.settings, user)


def _now() -> datetime:
    return datetime.now(UTC)


def _month(day: date | datetime) -> str:
    return f"{day:%Y-%m}"


def _month_before(day: datetime) -> datetime:
    return day.replace(day=1) - timedelta(days=1)


async def _issue(client: httpx.AsyncClient, desk: Browser, month: str) -> Read:
    """The page after what is due for a month was issued."""
    answer = await desk.send(f"/invoices?month={month}", "/vendor/invoices", month=month)
    assert answer.status_code == 303
    return Read((await client.get(answer.headers["location"])).text)


async def test_month_is_issued_by_a_button_and_listed(
    client: httpx.AsyncClient, database: Database, shop: Storefront, desk: Browser
) -> None:
    orders = [await paid_order(database, shop, paid_at=_now()) for _ in range(2)]
    await refund(database, orders[0], 5, "succeeded", _now())

    page = await _issue(client, desk, _month(_now()))
    again = await _issue(client, desk, _month(_now()))

    assert "3 issued for" in page.text
    assert "Nothing is due for" in again.text
    addresses = [link for link in page.links if link.endswith(".pdf")]
    assert len(addresses) == 3
    assert (await client.get(addresses[0])).content.startswith(b"%PDF")
    assert [f"/vendor/orders/{order.id}" in page.links for order in orders] == [True, True]
    for told in ("Net €17.01 VAT €2.89 €19.90", "Credit note for INV-", "-€5.00"):
        assert told in page.text, told
    assert f"/api/v1/vendor/invoices/export.csv?month={_month(_now())}" in page.links


async def test_file_of_the_month_is_there_for_whoever_is_signed_in(
    client: httpx.AsyncClient, database: Database, shop: Storefront, desk: Browser
) -> None:
    await paid_order(database, shop, paid_at=_now())
    page = await _issue(client, desk, _month(_now()))

    answer = await client.get(next(link for link in page.links if "export.csv" in link))

    assert answer.status_code == 200
    assert "INV-" in answer.text


async def test_documents_for_a_month_before_are_in_the_one_of_their_day(
    client: httpx.AsyncClient, database: Database, shop: Storefront, desk: Browser
) -> None:
    before = _month_before(_now())
    await paid_order(database, shop, paid_at=before)

    page = await _issue(client, desk, _month(before))

    assert "1 issued for" in page.text
    assert "Nothing was issued in" in page.text
    [here] = [link for link in page.links if link == f"/vendor/invoices?month={_month(_now())}"][:1]
    assert len([link for link in Read((await client.get(here)).text).links if link.endswith(".pdf")]) == 1


async def test_what_is_left_can_be_issued_next(
    client: httpx.AsyncClient,
    database: Database,
    shop: Storefront,
    desk: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(invoicing, "MOST_AT_ONCE", 2)
    for _ in range(3):
        await paid_order(database, shop, paid_at=_now())

    first = await _issue(client, desk, _month(_now()))
    form = first.form("/vendor/invoices")
    answer = await client.post(form.action, data=form.fields)
    second = Read((await client.get(answer.headers["location"])).text)

    assert "2 issued for" in first.text
    assert "Others are left." in first.text
    assert "Go on with" in first.text
    assert "1 issued for" in second.text
    assert "Others are left." not in second.text


async def test_fifty_documents_are_shown_and_a_way_to_the_rest(
    client: httpx.AsyncClient, database: Database, shop: Storefront, desk: Browser
) -> None:
    for _ in range(3):
        await paid_order(database, shop, paid_at=_now())
    await _issue(client, desk, _month(_now()))

    _, first = await desk.open("/invoices?limit=2")
    more = next(link for link in first.links if "cursor=" in link)
    second = Read((await client.get(more)).text)

    addresses = [[link for link in page.links if link.endswith(".pdf")] for page in (first, second)]
    assert [len(found) for found in addresses] == [2, 1]
    assert not set(addresses[0]) & set(addresses[1])
    assert f"month={_month(_now())}" in more


async def test_months_are_chosen_from_a_list_or_one_after_the_other(desk: Browser, shop: Storefront) -> None:
    _, current = await desk.open("/invoices")
    _, past = await desk.open("/invoices?month=2020-01")

    assert current.options[_month(_now())] == "selected"
    assert len(current.options) == 24
    assert f"/vendor/invoices?month={_month(_month_before(_now()))}" in current.links
    assert past.options["2020-01"] == "selected"
    assert "/vendor/invoices?month=2019-12" in past.links
    assert "/vendor/invoices?month=2020-02" in past.links
    assert "Nothing was issued in January 2020" in past.text


class Midnight(datetime):
    """The last hour of November in Greenwich."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Midnight":
        return cls(2026, 11, 30, 23, 30, tzinfo=UTC).astimezone(tz)


@pytest.mark.parametrize(
    ("zone", "current"),
    [("Europe/Luxembourg", "2026-12"), ("UTC", "2026-11"), ("America/New_York", "2026-11")],
)
async def test_current_month_is_that_of_the_shop(
    database: Database,
    shop: Storefront,
    desk: Browser,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    current: str,
) -> None:
    monkeypatch.setattr(routes, "datetime", Midnight)
    async with database.platform() as session:
        await session.execute(update(Vendor).where(Vendor.id == shop.vendor.id).values(time_zone=zone))

    _, page = await desk.open("/invoices")

    assert page.options[current] == "selected"
    assert next(iter(page.options)) == current


async def test_nothing_is_issued_for_a_month_that_has_not_come(desk: Browser, shop: Storefront) -> None:
    _, page = await desk.open("/invoices?month=2999-01")

    assert "Issue what is due" not in page.text
    assert "/vendor/invoices?month=2998-12" in page.links
    assert "/vendor/invoices?month=2999-02" not in page.links


@pytest.mark.parametrize("query", ["month=x", "month=2026-13", "cursor=x", "issued=x", "month=%00"])
async def test_rubbish_queries_are_answered_with_a_page(desk: Browser, shop: Storefront, query: str) -> None:
    answer, _ = await desk.open(f"/invoices?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


async def test_viewer_looks_and_does_not_issue(
    client: httpx.AsyncClient, database: Database, shop: Storefront
) -> None:
    viewer = await create_vendor_user(database, shop.vendor, role="viewer")
    desk = desk_browser(client, shop.settings, viewer)
    await paid_order(database, shop, paid_at=_now())

    answer, page = await desk.open("/invoices")
    sent = {**page.form("/logout").fields, "month": _month(_now())}
    refused = await client.post("/vendor/invoices", data=sent)

    assert answer.status_code == 200
    assert "Issue what is due" not in page.text
    assert refused.status_code == 403


async def test_shop_that_is_not_set_up_is_told_why_and_where(
    client: httpx.AsyncClient, database: Database, storefront: Storefront, desk: Browser
) -> None:
    await paid_order(database, storefront, paid_at=PAID_AT)

    _, page = await desk.open("/invoices?month=2026-11")
    sent = {**page.form("/logout").fields, "month": "2026-11"}
    refused = await client.post("/vendor/invoices", data=sent)

    assert "Invoices are not set up yet" in page.text
    assert "/vendor/settings/invoices" in page.links
    assert "Issue what is due" not in page.text
    assert refused.status_code == 409
    assert "Invoices are not set up yet" in Read(refused.text).text


async def test_other_shops_invoices_are_not_listed(
    client: httpx.AsyncClient, database: Database, shop: Storefront, desk: Browser
) -> None:
    await paid_order(database, shop, paid_at=_now())
    await _issue(client, desk, _month(_now()))
    elsewhere = await open_storefront(database, shop.settings)
    await set_up_invoices(database, elsewhere.vendor)
    stranger = await create_vendor_user(database, elsewhere.vendor)

    _, page = await desk_browser(client, shop.settings, stranger).open("/invoices")

    assert not [link for link in page.links if link.endswith(".pdf")]
    assert "Nothing was issued in" in page.text
