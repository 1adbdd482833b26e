"""Placing orders over HTTP with the real workflow, worker and payment sandbox."""

import asyncio
import re
from collections import Counter

import httpx
import pytest_asyncio
from sqlalchemy import func, select, update

from db.session import Database
from db.tables import Customer, Order, Placement, Product, Vendor
from settings import Settings
from tests.api.storefront import Storefront, code, open_storefront
from tests.builders import create_address, create_customer


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings, worker: None) -> Storefront:
    """The shop with the whole write side running."""
    return await open_storefront(database, settings)


async def test_order_by_card_is_stored_and_can_be_paid(
    api: httpx.AsyncClient, storefront: Storefront, settings: Settings
) -> None:
    cart = await storefront.cart()

    response = await storefront.order(api, cart, payment_method="stripe", customer_notes=" Ring twice. ")

    assert response.status_code == 201, response.text
    order = response.json()
    assert re.fullmatch(rf"{storefront.vendor.order_number_prefix}-\d{{8}}-00001", order["order_number"])
    assert order["status"] == "pending"
    assert order["next_statuses"] == ["cancelled"]
    assert order["payment_status"] == "pending"
    assert order["customer_notes"] == "Ring twice."
    assert order["payment"]["provider"] == "stripe"
    assert order["payment"]["client_secret"].startswith(order["payment_reference"])
    assert order["payment"]["publishable_key"] == settings.stripe_publishable_key
    assert order["payment"]["expires_at"] > order["created_at"]
    assert order["shipping_address"]["city"] == "Luxembourg"
    assert '"subtotal":88.80,"shipping_cost":5.90,"tax_amount":15.10' in response.text
    assert '"total_amount":109.80' in response.text
    assert [item["quantity"] for item in order["items"]] == [2, 1]


async def test_manual_order_has_no_secret(api: httpx.AsyncClient, storefront: Storefront) -> None:
    response = await storefront.order(api, await storefront.cart())

    assert response.status_code == 201, response.text
    payment = response.json()["payment"]
    assert (payment["provider"], payment["client_secret"], payment["publishable_key"]) == (
        "manual",
        None,
        None,
    )


async def test_same_request_without_key_answers_the_same_order(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    cart = await storefront.cart()

    first = await storefront.order(api, cart)
    second = await storefront.order(api, cart)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


async def test_another_request_for_an_ordered_cart_is_refused(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    cart = await storefront.cart()
    first = await storefront.order(api, cart)

    second = await storefront.order(api, cart, customer_notes="Please wrap it.")

    assert (second.status_code, code(second)) == (409, "cart_empty")
    assert second.json()["order_number"] == first.json()["order_number"]


async def test_same_key_answers_the_same_order_even_with_a_filled_cart(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    cart = await storefront.cart()
    first = await storefront.order(api, cart, key="click-1")
    await api.post(
        f"{storefront.path}/cart/{cart.session_id}/items",
        json={"product_id": storefront.mug.id, "quantity": 1},
        headers=storefront.headers,
    )

    again = await storefront.order(api, cart, key="click-1")
    other = await storefront.order(api, cart, key="click-1", customer_notes="Please wrap it.")
    fresh = await storefront.order(api, cart, key="click-2")

    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert fresh.status_code == 201
    assert fresh.json()["id"] != first.json()["id"]


async def test_other_key_for_the_same_cart_finds_its_order(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    cart = await storefront.cart()
    first = await storefront.order(api, cart, key="tab-1")

    same = await storefront.order(api, cart, key="tab-2")

    assert same.status_code == 201
    assert same.json()["id"] == first.json()["id"]


async def test_newest_cart_is_ordered_without_a_session_id(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    await storefront.cart([(storefront.pot, 1)])
    newest = await storefront.cart([(storefront.mug, 3)])

    first = await storefront.order(api)
    again = await storefront.order(api)

    assert [item["product_id"] for item in first.json()["items"]] == [storefront.mug.id]
    assert again.json()["id"] == first.json()["id"]
    async with storefront.database.reading(storefront.vendor.id) as session:
        placed = await session.scalar(select(Placement.cart_id))
    assert placed == newest.id


async def test_order_numbers_have_no_gaps_after_refusals(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    too_many = await storefront.cart([(storefront.pot, 6)])

    refused = await storefront.order(api, too_many)
    placed = await storefront.order(api, await storefront.cart())

    assert (refused.status_code, code(refused)) == (409, "insufficient_stock")
    assert placed.json()["order_number"].endswith("-00001")


async def test_fifty_simultaneous_requests_for_one_cart_place_one_order(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    cart = await storefront.cart()

    responses = await asyncio.gather(*(storefront.order(api, cart) for _ in range(50)))

    assert Counter(response.status_code for response in responses) == {201: 50}
    assert len({response.json()["order_number"] for response in responses}) == 1
    assert sum("Idempotent-Replayed" not in response.headers for response in responses) == 1
    async with storefront.database.reading(storefront.vendor.id) as session:
        assert await session.scalar(select(func.count()).select_from(Order)) == 1


async def test_simultaneous_requests_with_one_key_for_two_carts_place_one_order(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    carts = [await storefront.cart([(storefront.mug, 1)]) for _ in range(2)]

    responses = await asyncio.gather(*(storefront.order(api, cart, key="one") for cart in carts))

    assert sorted(response.status_code for response in responses) == [201, 422]


async def test_many_shoppers_share_what_is_left(api: httpx.AsyncClient, storefront: Storefront) -> None:
    carts = [await storefront.cart([(storefront.pot, 1)]) for _ in range(12)]

    responses = await asyncio.gather(*(storefront.order(api, cart) for cart in carts))

    assert Counter(response.status_code for response in responses) == {201: 5, 409: 7}
    refused = [response for response in responses if response.status_code == 409]
    assert {code(response) for response in refused} == {"insufficient_stock"}


async def test_refusal_by_the_workflow_is_answered_again_under_its_key(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    """Two orders race for the last pots; whoever loses inside the workflow loses again with the same key."""
    carts = [await storefront.cart([(storefront.pot, 5)]) for _ in range(2)]
    responses = await asyncio.gather(
        *(storefront.order(api, cart, key=f"k{number}") for number, cart in enumerate(carts))
    )
    loser = next(number for number, response in enumerate(responses) if response.status_code == 409)

    again = await storefront.order(api, carts[loser], key=f"k{loser}")

    assert (again.status_code, code(again)) == (409, "insufficient_stock")
    assert again.json()["available_quantity"] == 0


async def test_expected_total_has_to_be_right(api: httpx.AsyncClient, storefront: Storefront) -> None:
    cart = await storefront.cart()

    wrong = await storefront.order(api, cart, expected_total=100)
    right = await storefront.order(api, cart, expected_total="109.80")

    assert (wrong.status_code, code(wrong)) == (409, "cart_changed")
    assert '"expected_total":100.00,"current_total":109.80' in wrong.text
    assert right.status_code == 201, right.text


async def test_placing_refuses_what_can_be_seen_beforehand(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    cart = await storefront.cart()
    empty = await storefront.cart([])
    stranger = await create_address(
        storefront.database, await create_customer(storefront.database, storefront.vendor)
    )
    abroad = await create_address(storefront.database, storefront.customer, country="US")
    refusals = [
        (await storefront.order(api, empty), 409, "cart_empty"),
        (await storefront.order(api, None, session_id="no-such-session-0"), 404, "cart_not_found"),
        (await storefront.order(api, cart, billing_address_id=stranger.id), 422, "address_not_found"),
        (await storefront.order(api, cart, shipping_address_id=2**62), 422, "address_not_found"),
        (await storefront.order(api, cart, shipping_address_id=abroad.id), 422, "country_not_supported"),
        (await storefront.order(api, cart, shipping_method="drone"), 422, "shipping_method_unknown"),
        (await storefront.order(api, cart, payment_method="barter"), 422, "payment_method_unknown"),
        (await storefront.order(api, cart, key="two words"), 422, "idempotency_key_invalid"),
    ]

    for response, status, wanted in refusals:
        assert (response.status_code, code(response)) == (status, wanted)
    async with storefront.database.reading(storefront.vendor.id) as session:
        assert await session.scalar(select(func.count()).select_from(Placement)) == 0


async def test_product_taken_off_the_shop_is_refused(api: httpx.AsyncClient, storefront: Storefront) -> None:
    cart = await storefront.cart()
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await session.execute(update(Product).where(Product.id == storefront.pot.id).values(is_active=False))

    response = await storefront.order(api, cart)

    assert (response.status_code, code(response)) == (409, "product_unavailable")
    assert response.json()["product_title"] == "Tea pot"


async def test_closed_shop_takes_no_orders(api: httpx.AsyncClient, storefront: Storefront) -> None:
    cart = await storefront.cart()
    async with storefront.database.platform() as session:
        await session.execute(update(Vendor).where(Vendor.id == storefront.vendor.id).values(is_active=False))

    response = await storefront.order(api, cart)

    assert (response.status_code, code(response)) == (404, "vendor_not_found")


async def test_ended_sign_in_orders_nothing_and_hears_of_nothing(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    placed = await storefront.cart()
    await storefront.order(api, placed, key="before")
    waiting = await storefront.cart()
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await session.execute(update(Customer).values(tokens_valid_from=func.now()))

    answers = [
        await storefront.order(api, waiting),
        await storefront.order(api, placed, key="before"),
        await storefront.order(api, None, session_id="no-such-session-0"),
    ]

    assert [(answer.status_code, code(answer)) for answer in answers] == [(401, "token_invalid")] * 3
    async with storefront.database.reading(storefront.vendor.id) as session:
        assert await session.scalar(select(func.count()).select_from(Placement)) == 1


async def test_placement_can_be_looked_up(api: httpx.AsyncClient, storefront: Storefront) -> None:
    placed = await storefront.order(api, await storefront.cart())
    path = f"{storefront.path}/orders/placements/"

    found = await api.get(path + placed.json()["order_number"], headers=storefront.headers)
    missing = await api.get(path + "ACME-20261122-99999", headers=storefront.headers)

    assert (found.status_code, found.json()) == (200, placed.json())
    assert (missing.status_code, code(missing)) == (404, "placement_not_found")


async def test_customer_cancels_a_pending_order(api: httpx.AsyncClient, storefront: Storefront) -> None:
    order = (await storefront.order(api, await storefront.cart())).json()
    path = f"{storefront.path}/orders/my-orders/{order['id']}"
    keyed = {**storefront.headers, "Idempotency-Key": "cancel-1"}

    first = await api.post(f"{path}/cancel", json={"reason": "Changed my mind"}, headers=keyed)
    again = await api.post(f"{path}/cancel", json={"reason": "Changed my mind"}, headers=keyed)
    other = await api.post(f"{path}/cancel", json={"reason": "Another"}, headers=keyed)
    unkeyed = await api.post(f"{path}/cancel", headers=storefront.headers)
    detail = await api.get(path, headers=storefront.headers)

    assert first.status_code == 200, first.text
    cancelled = first.json()
    assert (cancelled["status"], cancelled["cancel_reason"]) == ("cancelled", "customer")
    assert (cancelled["payment_status"], cancelled["next_statuses"]) == ("voided", [])
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert unkeyed.status_code == 200
    history = detail.json()["status_history"]
    assert [(entry["from_status"], entry["to_status"]) for entry in history] == [
        (None, "pending"),
        ("pending", "cancelled"),
    ]
    assert history[1]["changed_by_type"] == "customer"
    assert history[1]["notes"] == "Changed my mind"
    assert detail.json()["payment"] is None
