"""A search beyond the orders at hand: every page of it, in every sort, back through spans of ten days."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from db.queries import order_counts, order_search
from db.queries.order_filters import OrderFilter
from db.queries.order_lists import list_vendor_orders
from db.queries.order_sorts import OrderSort, place_of
from db.session import Database
from db.tables import Order
from domain.lifecycle import OrderStatus
from tests.api.backoffice import create_order
from tests.builders import create_customer, create_product, create_vendor

NEWEST = datetime(2026, 11, 20, 12, tzinfo=UTC)
# The days between two orders: some at one moment, some in one span, gaps of several spans.
DAYS = (0, 0, 1, 29, 31, 31, 60, 61, 200, 200, 201, 390)


@dataclass(frozen=True)
class Shop:
    """A vendor whose orders are by two customers in turn, over more than a year; newest first."""

    database: Database
    vendor_id: int
    orders: list[Order]
    anna: int

    def matching(self, wanted: OrderFilter, sort: OrderSort) -> list[int]:
        """Anna's orders that the filter leaves, sorted."""
        found = [
            order
            for order in self.orders
            if order.customer_id == self.anna
            and wanted.status in {None, order.status}
            and wanted.payment_status in {None, order.payment_status}
            and (wanted.placed_from is None or order.created_at >= wanted.placed_from)
            and (wanted.placed_before is None or order.created_at < wanted.placed_before)
        ]

        def rank(order: Order) -> tuple[datetime | Decimal, int]:
            return (order.created_at if sort.by_time else order.total_amount, order.id)

        return [order.id for order in sorted(found, key=rank, reverse=sort.falling)]


@pytest_asyncio.fixture
async def shop(database: Database) -> Shop:
    vendor = await create_vendor(database)
    anna = await create_customer(database, vendor, first_name="Anna", last_name="Ahlers")
    other = await create_customer(database, vendor, first_name="Otto", last_name="Ohms")
    products = [await create_product(database, vendor, price=Decimal(price)) for price in (10, 20, 30)]
    orders = [
        await create_order(
            database,
            other if number % 3 == 1 else anna,
            products[number * 7 % 3],
            status=("delivered", "shipped", "cancelled")[number % 4 % 3],
            payment_status=("paid", "refunded")[number % 5 == 0],
            created_at=NEWEST - timedelta(days=days),
        )
        for number, days in enumerate(DAYS)
    ]
    return Shop(database, vendor.id, orders, anna.id)


FILTERS = {
    "nothing": OrderFilter(search="anna"),
    "a status": OrderFilter("delivered", search="anna"),
    "both statuses": OrderFilter("delivered", "paid", search="anna"),
    "long ago": OrderFilter(search="anna ah", placed_before=NEWEST - timedelta(days=31)),
    "between": OrderFilter(
        search="anna", placed_from=NEWEST - timedelta(days=200), placed_before=NEWEST - timedelta(days=29)
    ),
    "any time": OrderFilter(search="anna", placed_from=datetime(1, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize("at_hand", [1, 3])
@pytest.mark.parametrize("sort", OrderSort)
@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
async def test_pages_have_every_match_once_in_order(
    shop: Shop, wanted: OrderFilter, sort: OrderSort, at_hand: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AT_HAND", "AT_HAND_BY_TIME"):
        monkeypatch.setattr(order_search, name, at_hand)
    expected = shop.matching(wanted, sort)
    assert expected
    async with shop.database.direct(shop.vendor_id, reading=True) as direct:
        for limit in (1, 2, len(expected), len(expected) + 1):
            paged, place = [], None
            while page := await list_vendor_orders(direct, wanted, sort=sort, limit=limit, place=place):
                assert len(page) <= limit
                paged += [listed.order["id"] for listed in page]
                place = place_of(page[-1].order, sort)
            skipped = await list_vendor_orders(direct, wanted, sort=sort, limit=limit, skip=1)
            assert paged == expected
            assert [listed.order["id"] for listed in skipped] == expected[1 : 1 + limit]


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
async def test_counts_are_those_of_the_matches(shop: Shop, wanted: OrderFilter) -> None:
    async with shop.database.direct(shop.vendor_id, reading=True) as direct:
        counts = await order_counts.count_orders(direct, wanted)
    statuses = {order.id: order.status for order in shop.orders}
    matching = [statuses[each] for each in shop.matching(wanted.of_any_status, OrderSort.NEWEST)]
    assert {status: each.count for status, each in counts.by_status.items()} == {
        status: matching.count(status) for status in OrderStatus
    }
    assert not counts.total.more


async def test_another_vendor_finds_nothing(shop: Shop) -> None:
    other = await create_vendor(shop.database)
    customer = await create_customer(shop.database, other, first_name="Bert")
    product = await create_product(shop.database, other)
    await create_order(shop.database, customer, product, created_at=NEWEST - timedelta(days=400))
    await create_order(shop.database, customer, product, created_at=NEWEST)
    async with shop.database.direct(other.id, reading=True) as direct:
        assert await list_vendor_orders(direct, OrderFilter(search="anna")) == []
