"""How many of a vendor's orders there are, by status."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from db.queries import order_counts
from db.session import Database
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront
from tests.bench.traffic import traffic
from tests.builders import create_customer, create_product, create_vendor, create_vendor_user

PATH = "/api/v1/vendor/orders/counts"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def rita(storefront: Storefront, database: Database) -> int:
    """A customer with two of the shop's five orders; her id."""
    rita = await create_customer(database, storefront.vendor, first_name="Rita", last_name="Reed")
    shape = [
        (storefront.customer, "pending", "pending"),
        (storefront.customer, "shipped", "paid"),
        (storefront.customer, "shipped", "refunded"),
        (rita, "shipped", "paid"),
        (rita, "cancelled", "voided"),
    ]
    for day, (customer, status, payment_status) in enumerate(shape):
        await create_order(
            database,
            customer,
            storefront.mug,
            status=status,
            payment_status=payment_status,
            created_at=NOON + timedelta(days=day),
        )
    other = await create_vendor(database)
    await create_order(
        database, await create_customer(database, other), await create_product(database, other)
    )
    return rita.id


@pytest_asyncio.fixture
async def headers(storefront: Storefront, database: Database) -> dict[str, str]:
    user = await create_vendor_user(database, storefront.vendor)
    return vendor_headers(storefront.settings, user)


def counted(answer: httpx.Response) -> dict[str, str]:
    """The statuses that have orders, with their numbers as people write them."""
    assert answer.status_code == 200, answer.text
    body = answer.json()

    def written(count: dict[str, Any]) -> str:
        return f"{count['count']}{'+' if count['more'] else ''}"

    numbers = {status: written(count) for status, count in body["by_status"].items() if count["count"]}
    return {"total": written(body["total"]), **numbers}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, {"total": "5", "pending": "1", "shipped": "3", "cancelled": "1"}),
        ({"payment_status": "paid"}, {"total": "2", "shipped": "2"}),
        ({"date_from": "2026-11-22"}, {"total": "3", "shipped": "2", "cancelled": "1"}),
        ({"search": "rita"}, {"total": "2", "shipped": "1", "cancelled": "1"}),
        ({"search": "nobody"}, {"total": "0"}),
        ({"search": "rita", "payment_status": "paid"}, {"total": "1", "shipped": "1"}),
        ({"status": "pending"}, {"total": "5", "pending": "1", "shipped": "3", "cancelled": "1"}),
    ],
    ids=str,
)
async def test_counts_follow_the_filters_but_the_status(
    client: httpx.AsyncClient,
    rita: int,
    headers: dict[str, str],
    params: dict[str, str],
    expected: dict[str, str],
) -> None:
    assert counted(await client.get(PATH, params=params, headers=headers)) == expected


async def test_counts_of_a_customer(client: httpx.AsyncClient, rita: int, headers: dict[str, str]) -> None:
    answer = await client.get(PATH, params={"customer_id": rita}, headers=headers)

    assert counted(answer) == {"total": "2", "shipped": "1", "cancelled": "1"}
    assert set(answer.json()["by_status"]) == {
        "pending",
        "confirmed",
        "processing",
        "shipped",
        "delivered",
        "cancelled",
    }


async def test_more_than_can_be_counted_says_so(
    client: httpx.AsyncClient, rita: int, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_counts, "MOST_COUNTED", 2)

    everything = await client.get(PATH, headers=headers)
    theirs = await client.get(PATH, params={"customer_id": rita}, headers=headers)

    assert counted(everything) == {"total": "4+", "pending": "1", "shipped": "2+", "cancelled": "1"}
    assert counted(theirs) == {"total": "2", "shipped": "1", "cancelled": "1"}


async def test_frequent_words_are_counted_as_far_as_that_is_quick(
    client: httpx.AsyncClient, rita: int, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_counts, "MOST_FOUND", 1)

    frequent = await client.get(PATH, params={"search": "rita"}, headers=headers)
    rare = await client.get(PATH, params={"search": "rita", "payment_status": "paid"}, headers=headers)

    assert counted(frequent) == {"total": "2+", "shipped": "1+", "cancelled": "1+"}
    assert counted(rare) == {"total": "1", "shipped": "1"}


async def test_counting_takes_one_statement_as_does_counting_a_search(
    client: httpx.AsyncClient, rita: int, headers: dict[str, str], database: Database
) -> None:
    with traffic(database) as plain:
        await client.get(PATH, headers=headers)
    with traffic(database) as searching:
        await client.get(PATH, params={"search": "rita"}, headers=headers)

    # Beside the question who asks; the transaction enters its vendor first.
    assert len(plain.statements["request"]) == len(searching.statements["request"]) == 3
