"""A vendor's products and their stock."""

import asyncio
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from db.session import Database
from db.tables import InventoryMovement, OrderItem
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code
from tests.builders import create_product, create_vendor, create_vendor_user, hold_stock

PATH = "/api/v1/vendor/products"
HUGE = 10**30


@pytest_asyncio.fixture
async def headers(storefront: Storefront, database: Database) -> dict[str, str]:
    user = await create_vendor_user(database, storefront.vendor, role="staff")
    return vendor_headers(storefront.settings, user)


async def _movements(storefront: Storefront, product_id: int) -> list[tuple[str, int, int, str | None]]:
    statement = (
        select(
            InventoryMovement.movement_type,
            InventoryMovement.available_change,
            InventoryMovement.reserved_change,
            InventoryMovement.notes,
        )
        .where(InventoryMovement.product_id == product_id)
        .order_by(InventoryMovement.id)
    )
    async with storefront.database.reading(storefront.vendor.id) as session:
        return [(*row,) for row in await session.execute(statement)]


async def test_list_shows_what_is_off_sale_and_reserved(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    off_sale = await create_product(database, storefront.vendor, title="Old 50% mug", is_active=False)
    async with database.vendor(storefront.vendor.id) as session:
        assert await hold_stock(session, storefront.mug, 3, "TEST-20261122-1")

    everything = (await client.get(PATH, headers=headers)).json()

    assert [product["id"] for product in everything] == [off_sale.id, storefront.pot.id, storefront.mug.id]
    mug = everything[2]
    assert (mug["available_quantity"], mug["reserved_quantity"], mug["in_stock"]) == (7, 3, True)
    assert (everything[0]["is_active"], everything[0]["in_stock"]) == (False, False)
    queries: list[tuple[dict[str, str | int], list[int]]] = [
        ({"search": "OLD"}, [off_sale.id]),
        ({"search": "mug coffee"}, [storefront.mug.id]),
        ({"search": "coffee old"}, []),
        ({"search": "%"}, [off_sale.id]),
        ({"search": storefront.pot.sku.lower()}, [storefront.pot.id]),
        ({"is_active": "false"}, [off_sale.id]),
        ({"is_active": "true", "limit": 1}, [storefront.pot.id]),
    ]
    for query, shown in queries:
        answer = await client.get(PATH, params=query, headers=headers)
        assert [product["id"] for product in answer.json()] == shown, query


async def test_list_goes_on_after_its_cursor(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    first = await client.get(PATH, params={"limit": 1}, headers=headers)
    last = await client.get(first.links["next"]["url"], headers=headers)

    assert [product["id"] for product in last.json()] == [storefront.mug.id]
    assert "next" not in last.links


async def test_new_product_is_on_sale_with_its_stock(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    given = {
        "sku": " CUP-1 ",
        "title": "Cup",
        "description": "Two\nlines",
        "price": 7.5,
        "featured_image": "https://cdn.example/cup.jpg",
        "available_quantity": 12,
    }

    answer = await client.post(PATH, json=given, headers=headers)

    assert answer.status_code == 201, answer.text
    product = answer.json()
    assert '"price":7.50' in answer.text
    assert {name: product[name] for name in given} == {**given, "sku": "CUP-1"}
    assert (product["currency"], product["is_active"], product["reserved_quantity"]) == ("EUR", True, 0)
    assert await _movements(storefront, product["id"]) == [("initial", 12, 0, None)]
    shown = await client.get(f"{storefront.path}/products/{product['id']}")
    assert (shown.json()["title"], shown.json()["available_quantity"]) == ("Cup", 12)


async def test_sku_is_unique_within_the_shop_only(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    await create_product(database, await create_vendor(database), sku="ELSEWHERE-1")

    taken = await client.post(
        PATH, json={"sku": storefront.mug.sku, "title": "Mug", "price": 1}, headers=headers
    )
    moved = await client.put(f"{PATH}/{storefront.pot.id}", json={"sku": storefront.mug.sku}, headers=headers)
    free = await client.post(PATH, json={"sku": "ELSEWHERE-1", "title": "Mug", "price": 1}, headers=headers)

    assert (taken.status_code, code(taken), taken.json()["sku"]) == (409, "sku_taken", storefront.mug.sku)
    assert (moved.status_code, code(moved)) == (409, "sku_taken")
    assert free.status_code == 201


async def test_change_leaves_out_what_is_not_given_and_placed_orders(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)

    answer = await client.put(
        f"{PATH}/{storefront.mug.id}", json={"price": 25, "is_active": False}, headers=headers
    )
    same = await client.put(f"{PATH}/{storefront.mug.id}", json={}, headers=headers)

    assert answer.status_code == 200, answer.text
    product = answer.json()
    assert (product["price"], product["is_active"], product["title"]) == (25, False, "Coffee mug")
    assert product["updated_at"] > product["created_at"]
    assert same.json() == product
    async with database.reading(storefront.vendor.id) as session:
        kept = await session.scalar(select(OrderItem.unit_price).where(OrderItem.order_id == order.id))
    assert kept == storefront.mug.price


async def test_stock_is_set_with_a_movement_for_the_difference(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    path = f"{PATH}/{storefront.mug.id}/stock"

    less = await client.put(path, json={"available_quantity": 4, "notes": "broken"}, headers=headers)
    same = await client.put(path, json={"available_quantity": 4, "notes": "counted"}, headers=headers)
    more = await client.put(path, json={"available_quantity": 9}, headers=headers)

    assert [answer.json()["available_quantity"] for answer in (less, same, more)] == [4, 4, 9]
    assert await _movements(storefront, storefront.mug.id) == [
        ("initial", 10, 0, None),
        ("adjusted", -6, 0, "broken"),
        ("adjusted", 5, 0, None),
    ]


async def test_setting_stock_loses_no_reservation_made_at_the_same_time(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    async def reserve(number: int) -> None:
        async with database.vendor(storefront.vendor.id) as session:
            assert await hold_stock(session, storefront.mug, 1, f"TEST-{number}")

    async def count(pieces: int) -> None:
        path = f"{PATH}/{storefront.mug.id}/stock"
        answer = await client.put(path, json={"available_quantity": pieces}, headers=headers)
        assert answer.status_code == 200, answer.text

    await asyncio.gather(*(reserve(n) for n in range(5)), *(count(20 + n) for n in range(5)))

    movements = await _movements(storefront, storefront.mug.id)
    product = next(
        product
        for product in (await client.get(PATH, headers=headers)).json()
        if product["id"] == storefront.mug.id
    )
    assert product["available_quantity"] == sum(available for _, available, _, _ in movements)
    assert product["reserved_quantity"] == sum(reserved for _, _, reserved, _ in movements) == 5


async def test_product_of_another_vendor_does_not_exist(
    client: httpx.AsyncClient, headers: dict[str, str], database: Database
) -> None:
    theirs = await create_product(database, await create_vendor(database))

    changed = await client.put(f"{PATH}/{theirs.id}", json={"price": 1}, headers=headers)
    counted = await client.put(f"{PATH}/{theirs.id}/stock", json={"available_quantity": 1}, headers=headers)

    for answer in (changed, counted):
        assert (answer.status_code, code(answer)) == (404, "product_not_found")


async def test_price_needs_decimals_that_its_currency_has(
    client: httpx.AsyncClient, database: Database, storefront: Storefront
) -> None:
    vendor = await create_vendor(database, currency="JPY")
    headers = vendor_headers(storefront.settings, await create_vendor_user(database, vendor))

    refused = await client.post(PATH, json={"sku": "A", "title": "A", "price": 1.5}, headers=headers)
    taken = await client.post(PATH, json={"sku": "A", "title": "A", "price": 150}, headers=headers)

    assert (refused.status_code, code(refused)) == (422, "invalid_amount")
    assert taken.status_code == 201


PRODUCT = {"sku": "A", "title": "A", "price": 1}
RUBBISH: list[tuple[dict[str, Any], str]] = [
    *[({"price": price}, "price") for price in (-1, "NaN", "Infinity", 1.999, 10**10, HUGE, None, "x")],
    *[({"sku": sku}, "sku") for sku in ("", " ", "x" * 65, "a\x00b", "a\nb", None, 5)],
    *[({"title": title}, "title") for title in ("", "a\x00b", "\ufdd019.90", "x" * 201, None)],
    ({"description": "a\x00b"}, "description"),
    *[
        ({"featured_image": image}, "featured_image")
        for image in ("javascript:alert(1)", "ftp://x", "a b", "https://x\x00")
    ],
    *[({"is_active": flag}, "is_active") for flag in ("yes", 1, None)],
    ({"vendor_id": 1}, "vendor_id"),
]


@pytest.mark.parametrize(("change", "field"), RUBBISH, ids=str)
async def test_rubbish_products_are_refused(
    client: httpx.AsyncClient,
    storefront: Storefront,
    headers: dict[str, str],
    change: dict[str, Any],
    field: str,
) -> None:
    for answer in (
        await client.post(PATH, json={**PRODUCT, **change}, headers=headers),
        await client.put(f"{PATH}/{storefront.mug.id}", json=change, headers=headers),
    ):
        assert (answer.status_code, code(answer)) == (422, "validation_failed"), answer.text
        assert {error["field"] for error in answer.json()["errors"]} == {field}


@pytest.mark.parametrize("quantity", [-1, 1.5, "3", True, None, 2**31, HUGE])
async def test_rubbish_stock_is_refused(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], quantity: object
) -> None:
    answer = await client.put(
        f"{PATH}/{storefront.mug.id}/stock", json={"available_quantity": quantity}, headers=headers
    )

    assert (answer.status_code, code(answer)) == (422, "validation_failed")
    assert await _movements(storefront, storefront.mug.id) == [("initial", 10, 0, None)]
