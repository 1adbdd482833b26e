"""Stock corrected over the API: by a number or a difference, for a reason, once, and by nobody unseen."""

import asyncio

import httpx
import pytest_asyncio

from db.session import Database
from db.tables import VendorUser
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code
from tests.builders import create_product, create_vendor, create_vendor_user, hold_stock

PATH = "/api/v1/vendor/products"


@pytest_asyncio.fixture
async def user(storefront: Storefront, database: Database) -> VendorUser:
    return await create_vendor_user(database, storefront.vendor, role="staff")


@pytest_asyncio.fixture
async def headers(storefront: Storefront, user: VendorUser) -> dict[str, str]:
    return vendor_headers(storefront.settings, user)


async def test_corrections_say_why_who_and_by_how_many(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], user: VendorUser
) -> None:
    path = f"{PATH}/{storefront.mug.id}"

    more = await client.put(f"{path}/stock", json={"difference": 5, "reason": "delivery"}, headers=headers)
    less = await client.put(
        f"{path}/stock", json={"difference": -2, "reason": "other", "notes": "Gifts."}, headers=headers
    )
    counted = await client.put(
        f"{path}/stock",
        json={"available_quantity": 4, "expected_quantity": 13, "reason": "counted"},
        headers=headers,
    )

    assert [answer.json()["available_quantity"] for answer in (more, less, counted)] == [15, 13, 4]
    moves = (await client.get(f"{path}/movements", headers=headers)).json()
    assert [(m["movement_type"], m["available_change"], m["reason"], m["notes"]) for m in moves] == [
        ("adjusted", -9, "counted", None),
        ("adjusted", -2, "other", "Gifts."),
        ("adjusted", 5, "delivery", None),
        ("initial", 10, None, None),
    ]
    who = {"id": user.id, "first_name": user.first_name, "last_name": user.last_name}
    assert [m["mover"] for m in moves] == [who, who, who, None]
    assert (await client.get(path, headers=headers)).json()["available_quantity"] == 4


async def test_refused_corrections_change_nothing(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    path = f"{PATH}/{storefront.mug.id}/stock"
    refused = [
        ({"available_quantity": 7, "expected_quantity": 9}, 409, "stock_moved"),
        ({"difference": -11}, 409, "stock_too_low"),
        ({"difference": 1, "reason": "other"}, 422, "correction_invalid"),
        ({"difference": 1, "available_quantity": 1}, 422, "validation_failed"),
        ({"reason": "counted"}, 422, "validation_failed"),
        ({"difference": "1"}, 422, "validation_failed"),
        ({"difference": 1, "reason": "bored"}, 422, "validation_failed"),
    ]

    for body, status, name in refused:
        answer = await client.put(path, json=body, headers=headers)
        assert (answer.status_code, code(answer)) == (status, name), body

    moves = await client.get(f"{PATH}/{storefront.mug.id}/movements", headers=headers)
    assert len(moves.json()) == 1


async def test_a_correction_with_a_key_is_done_once(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    path, keyed = f"{PATH}/{storefront.mug.id}/stock", {**headers, "Idempotency-Key": "delivery-77"}

    async def deliver() -> int:
        answer = await client.put(path, json={"difference": 5, "reason": "delivery"}, headers=keyed)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["available_quantity"])

    assert await asyncio.gather(*(deliver() for _ in range(5))) == [15] * 5
    other = await client.put(path, json={"difference": 6, "reason": "delivery"}, headers=keyed)
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")


async def test_differences_at_the_same_time_all_count(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    async def take() -> int:
        path = f"{PATH}/{storefront.mug.id}/stock"
        return (await client.put(path, json={"difference": -1}, headers=headers)).status_code

    async def reserve(number: int) -> bool:
        async with database.vendor(storefront.vendor.id) as session:
            return await hold_stock(session, storefront.mug, 1, f"TEST-{number}")

    taken, reserved = await asyncio.gather(
        asyncio.gather(*(take() for _ in range(8))), asyncio.gather(*(reserve(n) for n in range(8)))
    )

    assert taken.count(200) + reserved.count(True) == 10
    assert set(taken) == {200, 409}


async def test_movements_name_the_order_and_go_on_after_a_cursor(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    async with database.vendor(storefront.vendor.id) as session:
        assert await hold_stock(session, storefront.mug, 1, order.order_number)

    first = await client.get(f"{PATH}/{storefront.mug.id}/movements", params={"limit": 1}, headers=headers)
    last = await client.get(first.links["next"]["url"], headers=headers)

    (held,), (initial,) = first.json(), last.json()
    assert (held["order_id"], held["order_number"]) == (order.id, order.order_number)
    assert (held["available_change"], held["reserved_change"]) == (-1, 1)
    assert (initial["movement_type"], initial["order_id"]) == ("initial", None)
    assert "next" not in last.links


async def test_another_vendors_product_has_no_movements_for_us(
    client: httpx.AsyncClient, headers: dict[str, str], database: Database
) -> None:
    theirs = await create_product(database, await create_vendor(database))

    for path in (f"{PATH}/{theirs.id}", f"{PATH}/{theirs.id}/movements"):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, code(answer)) == (404, "product_not_found")


async def test_changes_to_a_product_that_somebody_changed_are_refused(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    path = f"{PATH}/{storefront.mug.id}"
    seen = (await client.get(path, headers=headers)).json()["updated_at"]

    first = await client.put(path, json={"price": 21, "expected_updated_at": seen}, headers=headers)
    second = await client.put(path, json={"price": 22, "expected_updated_at": seen}, headers=headers)

    assert first.status_code == 200, first.text
    assert (second.status_code, code(second)) == (409, "product_changed")
    assert (await client.get(path, headers=headers)).json()["price"] == 21


async def test_list_shows_what_is_low_or_sold_out(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    low = await create_product(database, storefront.vendor, available=5)
    out = await create_product(database, storefront.vendor, available=0)
    await create_product(database, storefront.vendor, available=0, is_active=False)

    for supply, product in (("low", low), ("sold_out", out)):
        answer = await client.get(PATH, params={"supply": supply}, headers=headers)
        assert product.id in {shown["id"] for shown in answer.json()}, supply
        assert {storefront.mug.id, low.id + out.id - product.id}.isdisjoint(s["id"] for s in answer.json())
