"""The desk's order table as a browser without scripts shows it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from db.tables import Order, Vendor
from tests.api.backoffice import create_order
from tests.api.pages.browsing import Browser, desk_browser
from tests.api.storefront import Storefront
from tests.bench.traffic import traffic
from tests.builders import create_customer, create_vendor_user

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """Somebody at the desk of a shop that has four orders, placed a day apart; the first is the oldest."""

    browser: Browser
    database: Database
    storefront: Storefront
    orders: list[Order]

    async def shown(self, path: str, *, status: int = 200) -> list[int]:
        """Which of the orders a page shows, by their place in `orders`."""
        answer, read = await self.browser.open(path)
        assert answer.status_code == status, answer.text
        numbers = [order.order_number for order in self.orders]
        named = [number for words in read.words if (number := words.strip()) in numbers]
        return [numbers.index(number) for number in dict.fromkeys(named)]


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, storefront: Storefront, database: Database) -> Desk:
    rita = await create_customer(
        database, storefront.vendor, first_name="Rita", last_name="O'Brien", email="rita@mail.example"
    )
    shape = [
        (storefront.customer, storefront.mug, "pending", "pending"),
        (storefront.customer, storefront.pot, "confirmed", "paid"),
        (rita, storefront.mug, "shipped", "paid"),
        (rita, storefront.pot, "cancelled", "voided"),
    ]
    orders = [
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
    user = await create_vendor_user(database, storefront.vendor)
    return Desk(desk_browser(client, storefront.settings, user), database, storefront, orders)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", [3, 2, 1, 0]),
        ("?sort=oldest", [0, 1, 2, 3]),
        ("?sort=highest", [3, 1, 2, 0]),
        ("?sort=lowest", [0, 2, 1, 3]),
        ("?status=shipped", [2]),
        ("?payment_status=paid", [2, 1]),
        ("?search=rita", [3, 2]),
        ("?search=rita&status=shipped&payment_status=&date_from=&date_to=&sort=newest", [2]),
        ("?date_from=2026-11-21&date_to=2026-11-22", [2, 1]),
    ],
)
async def test_address_says_what_is_shown(desk: Desk, query: str, shown: list[int]) -> None:
    assert await desk.shown(f"/orders{query}") == shown


async def test_days_are_the_shops(desk: Desk) -> None:
    """In Luxembourg the 23rd begins an hour before it does in UTC."""
    async with desk.database.platform() as session:
        (await session.get_one(Vendor, desk.storefront.vendor.id)).time_zone = "Europe/Luxembourg"
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    await create_order(desk.database, desk.storefront.customer, desk.storefront.mug, created_at=late)

    _, read = await desk.browser.open("/orders?date_from=2026-11-23&date_to=2026-11-23")
    export = next(link for link in read.links if "export.csv" in link)
    answer = await desk.browser.client.get(export)

    assert len(answer.text.splitlines()) == 1 + 2
    assert parse_qs(urlsplit(export).query) == {
        "date_from": ["2026-11-22T23:00:00Z"],
        "date_to": ["2026-11-23T22:59:59.999999Z"],
    }


async def test_what_makes_no_sense_is_left_out_and_said(desk: Desk) -> None:
    answer, read = await desk.browser.open("/orders?date_from=soon&status=lost&cursor=nonsense&search=rita")

    assert answer.status_code == 422
    assert "Something in the address made no sense and is left out." in read.text
    assert "/vendor/orders" in read.links
    assert await desk.shown("/orders?date_from=soon&search=rita", status=422) == [3, 2]


async def test_customer_is_a_filter_that_can_be_taken_away(desk: Desk) -> None:
    customer_id = desk.orders[2].customer_id
    _, everything = await desk.browser.open("/orders?sort=oldest")
    assert f"/vendor/orders?customer_id={customer_id}&sort=oldest" in everything.links

    assert await desk.shown(f"/orders?customer_id={customer_id}") == [3, 2]
    _, theirs = await desk.browser.open(f"/orders?customer_id={customer_id}&status=shipped")
    _, nobodys = await desk.browser.open("/orders?customer_id=999999")

    assert "Rita O'Brien" in theirs.text
    assert "/vendor/orders?status=shipped" in theirs.links
    assert "No order matches" in nobodys.text


async def test_chosen_orders_are_posted_with_the_filters(desk: Desk) -> None:
    _, read = await desk.browser.open("/orders?status=shipped&search=rita")

    assert read.form("/bulk/new").fields["query"] == "status=shipped&search=rita"
    assert "Change status of all 1" in read.text


async def test_viewer_has_nothing_to_change(desk: Desk) -> None:
    storefront = desk.storefront
    viewer = await create_vendor_user(desk.database, storefront.vendor, role="viewer")
    browser = desk_browser(desk.browser.client, storefront.settings, viewer)

    answer, read = await browser.open("/orders")

    assert "order_id" not in answer.text
    assert not [link for link in read.links if link.endswith("/status")]
    assert [link for link in read.links if "export.csv" in link]


async def test_orders_that_are_shown_are_asked_for_and_what_arrived_is_counted(desk: Desk) -> None:
    """As a page does that follows the shop's events: its orders as they are, and how many it lacks."""
    first, second = desk.orders[0].id, desk.orders[1].id

    _, read = await desk.browser.open(f"/orders?status=confirmed&shown={first},{second}")
    assert "new order" not in read.text
    assert await desk.shown(f"/orders?status=confirmed&shown={first},{second}") == [1, 0]

    _, empty = await desk.browser.open("/orders?shown=0")
    assert "4 new orders" in empty.text
    _, all_of_them = await desk.browser.open(f"/orders?shown={first},{second}")
    assert "2 new orders" in all_of_them.text


async def test_table_takes_as_many_statements_for_many_orders_as_for_one(desk: Desk) -> None:
    with traffic(desk.database) as one:
        await desk.browser.open("/orders?status=shipped")
    for _ in range(10):
        await create_order(desk.database, desk.storefront.customer, desk.storefront.mug)
    with traffic(desk.database) as many:
        await desk.browser.open("/orders")

    # The visit's two; then the vendor, the orders, their items and the counts.
    assert len(one.statements["request"]) == len(many.statements["request"]) == 6
