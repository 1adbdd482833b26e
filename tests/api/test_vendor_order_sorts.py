"""A vendor's list of orders in every sort, page by page."""

import itertools
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from api.order_paging import write_place
from db.queries.order_sorts import OrderSort, Place
from db.session import Database
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront
from tests.builders import create_vendor_user

PATH = "/api/v1/vendor/orders"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def headers(storefront: Storefront, database: Database) -> dict[str, str]:
    user = await create_vendor_user(database, storefront.vendor)
    return vendor_headers(storefront.settings, user)


async def place_orders(database: Database, storefront: Storefront, *, after: timedelta) -> list[int]:
    """Six orders of two totals, each two of them at one moment."""
    products = itertools.cycle([storefront.mug, storefront.pot])
    return [
        (
            await create_order(
                database,
                storefront.customer,
                next(products),
                created_at=NOON + after + timedelta(minutes=number // 2),
            )
        ).id
        for number in range(6)
    ]


@pytest.mark.parametrize("search", ["", "jane"])
@pytest.mark.parametrize("sort", OrderSort)
async def test_pages_have_every_order_once_in_order_while_others_come_in(
    client: httpx.AsyncClient,
    storefront: Storefront,
    database: Database,
    headers: dict[str, str],
    sort: OrderSort,
    search: str,
) -> None:
    there = await place_orders(database, storefront, after=timedelta())
    url, params = PATH, {"sort": sort, "limit": "2", "search": search}
    listed = []
    for hour in itertools.count(-1):
        answer = await client.get(url, params=params or None, headers=headers)
        assert answer.status_code == 200, answer.text
        listed += answer.json()
        if hour < 1:
            await place_orders(database, storefront, after=timedelta(hours=hour))
        if "next" not in answer.links:
            break
        url, params = answer.links["next"]["url"], {}

    seen = [order["id"] for order in listed]
    assert len(seen) == len(set(seen))
    assert set(there) <= set(seen)
    field = "created_at" if sort.by_time else "total_amount"
    keys = [(order[field], order["id"]) for order in listed]
    assert keys == sorted(keys, reverse=sort.falling)


@pytest.mark.parametrize("sort", OrderSort)
async def test_skip_works_in_every_sort(
    client: httpx.AsyncClient,
    storefront: Storefront,
    database: Database,
    headers: dict[str, str],
    sort: OrderSort,
) -> None:
    await place_orders(database, storefront, after=timedelta())

    everything = (await client.get(PATH, params={"sort": sort}, headers=headers)).json()
    for search in ("", "jane"):
        params: dict[str, str | int] = {"sort": sort, "skip": 2, "limit": 3, "search": search}
        some = (await client.get(PATH, params=params, headers=headers)).json()
        assert some == everything[2:5]


async def test_cursor_of_another_sort_is_refused(
    client: httpx.AsyncClient, storefront: Storefront, database: Database, headers: dict[str, str]
) -> None:
    await place_orders(database, storefront, after=timedelta())
    first = await client.get(PATH, params={"sort": "highest", "limit": 1}, headers=headers)
    cursor = httpx.URL(first.links["next"]["url"]).params["cursor"]

    for sort in (None, "lowest", "newest"):
        params = {"cursor": cursor} | ({"sort": sort} if sort else {})
        answer = await client.get(PATH, params=params, headers=headers)
        assert answer.status_code == 422
        assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [
            ("cursor", "cursor_of_another_sort")
        ]
    rubbish = await client.get(PATH, params={"sort": "prettiest"}, headers=headers)
    assert rubbish.status_code == 422


@pytest.mark.parametrize("value", [2**63, -(2**63), 10**40])
async def test_cursor_with_impossible_numbers_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], value: int
) -> None:
    for cursor in (
        write_place(Place(OrderSort.LOWEST, value, 1)),
        write_place(Place(OrderSort.LOWEST, 1, abs(value))),
    ):
        answer = await client.get(PATH, params={"sort": "lowest", "cursor": cursor}, headers=headers)
        assert answer.status_code == 422, cursor
