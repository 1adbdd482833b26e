"""A customer's own orders: list, detail, payment and cancelling."""

from typing import Any

import httpx
import pytest_asyncio
from fastapi import FastAPI

from api.dependencies import Context
from db.session import Database
from db.tables import Order
from settings import Settings
from tests.api.storefront import Storefront, code, customer_headers, open_storefront
from tests.builders import create_customer
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from workflows.messages import CHANGE_STATUS, Actor, OrderMoved, StatusChange


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings, worker: None) -> Storefront:
    """The shop with the whole write side running."""
    return await open_storefront(database, settings)


async def _placed(
    api: httpx.AsyncClient, storefront: Storefront, payment_method: str = "manual"
) -> dict[str, Any]:
    cart = await storefront.cart([(storefront.mug, 1)])
    response = await storefront.order(api, cart, payment_method=payment_method)
    assert response.status_code == 201, response.text
    order: dict[str, Any] = response.json()
    return order


async def _detail(api: httpx.AsyncClient, storefront: Storefront, order: dict[str, Any]) -> dict[str, Any]:
    response = await api.get(f"{storefront.path}/orders/my-orders/{order['id']}", headers=storefront.headers)
    assert response.status_code == 200, response.text
    detail: dict[str, Any] = response.json()
    return detail


async def _move(application: FastAPI, storefront: Storefront, order: dict[str, Any], status: str) -> None:
    """Change an order's status as its vendor."""
    context: Context = application.state.context
    await context.engine.update(
        order["order_number"],
        CHANGE_STATUS,
        StatusChange(status=status, actor=Actor("vendor", 1)),
        update_id=f"test-{status}",
        answer=OrderMoved,
    )


async def test_orders_are_listed_newest_first_in_pages(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    numbers = [(await _placed(api, storefront))["order_number"] for _ in range(3)]
    path, headers = f"{storefront.path}/orders/my-orders", storefront.headers

    whole = await api.get(path, headers=headers)
    first = await api.get(path, params={"limit": 2}, headers=headers)
    last = await api.get(first.links["next"]["url"], headers=headers)
    skipped = await api.get(path, params={"skip": 2}, headers=headers)

    assert [order["order_number"] for order in whole.json()] == numbers[::-1]
    assert "next" not in whole.links
    assert [order["order_number"] for order in first.json()] == [numbers[2], numbers[1]]
    assert [order["order_number"] for order in last.json()] == [numbers[0]]
    assert skipped.json() == last.json()
    assert len(whole.json()[0]["items"]) == 1
    assert '"unit_price":19.90' in whole.text


async def test_order_of_somebody_else_does_not_exist(
    api: httpx.AsyncClient, storefront: Storefront, settings: Settings
) -> None:
    order = await _placed(api, storefront)
    stranger = customer_headers(settings, await create_customer(storefront.database, storefront.vendor))
    path = f"{storefront.path}/orders/my-orders/{order['id']}"

    read = await api.get(path, headers=stranger)
    cancelled = await api.post(f"{path}/cancel", headers=stranger)
    looked_up = await api.get(
        f"{storefront.path}/orders/placements/{order['order_number']}", headers=stranger
    )

    assert (read.status_code, code(read)) == (404, "order_not_found")
    assert (cancelled.status_code, code(cancelled)) == (404, "order_not_found")
    assert (looked_up.status_code, code(looked_up)) == (404, "placement_not_found")
    assert (await api.get(f"{storefront.path}/orders/my-orders", headers=stranger)).json() == []


async def test_detail_shows_how_to_pay_until_it_is_paid(
    api: httpx.AsyncClient, storefront: Storefront, stripe_sandbox: SandboxProcess, webhooks: None
) -> None:
    order = await _placed(api, storefront, payment_method="stripe")
    awaited = await _detail(api, storefront, order)

    await stripe_sandbox.confirm(order["payment_reference"])
    paid = await eventually(
        lambda: _detail(api, storefront, order), lambda detail: detail["payment_status"] == "paid"
    )

    assert awaited["payment"] == order["payment"]
    assert awaited["refunds"] == []
    assert paid["payment"] is None
    assert [entry["to_status"] for entry in paid["status_history"]] == ["pending", "confirmed"]
    assert paid["status_history"][1]["changed_by_type"] == "system"
    assert paid["paid_at"] is not None


async def test_cancelling_a_paid_order_gives_the_money_back(
    api: httpx.AsyncClient, storefront: Storefront, stripe_sandbox: SandboxProcess, webhooks: None
) -> None:
    order = await _placed(api, storefront, payment_method="stripe")
    await stripe_sandbox.confirm(order["payment_reference"])
    await eventually(lambda: _detail(api, storefront, order), lambda detail: detail["status"] == "confirmed")

    response = await api.post(
        f"{storefront.path}/orders/my-orders/{order['id']}/cancel", json={}, headers=storefront.headers
    )
    refunded = await eventually(
        lambda: _detail(api, storefront, order), lambda detail: detail["payment_status"] == "refunded"
    )

    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert refunded["refunded_amount"] == refunded["total_amount"]
    assert [(refund["amount"], refund["status"]) for refund in refunded["refunds"]] == [
        (refunded["total_amount"], "succeeded")
    ]


async def test_order_being_processed_is_not_the_customers_to_cancel(
    api: httpx.AsyncClient, storefront: Storefront, application: FastAPI
) -> None:
    order = await _placed(api, storefront)
    await _move(application, storefront, order, "confirmed")
    await _move(application, storefront, order, "processing")
    path = f"{storefront.path}/orders/my-orders/{order['id']}/cancel"
    keyed = {**storefront.headers, "Idempotency-Key": "too-late"}

    refused = await api.post(path, headers=keyed)
    again = await api.post(path, headers=keyed)

    assert (refused.status_code, code(refused)) == (409, "transition_not_allowed")
    assert refused.json()["current_status"] == "processing"
    assert refused.json()["next_statuses"] == []
    assert again.status_code == 409
    assert (await _detail(api, storefront, order))["status"] == "processing"


async def test_order_whose_workflow_is_gone_is_answered_from_the_database(
    api: httpx.AsyncClient, storefront: Storefront
) -> None:
    """As after Temporal's retention: nothing runs under this number any more."""
    order = await _placed(api, storefront)
    path = f"{storefront.path}/orders/my-orders/{order['id']}/cancel"
    async with storefront.database.vendor(storefront.vendor.id) as session:
        row = await session.get_one(Order, order["id"])
        row.order_number = "GONE-20200101-00001"
        row.status = "shipped"

    refused = await api.post(path, headers=storefront.headers)
    async with storefront.database.vendor(storefront.vendor.id) as session:
        row = await session.get_one(Order, order["id"])
        row.status, row.cancel_reason = "cancelled", "expired"
    settled = await api.post(path, headers=storefront.headers)

    assert (refused.status_code, code(refused)) == (409, "transition_not_allowed")
    assert (settled.status_code, settled.json()["cancel_reason"]) == (200, "expired")


async def test_cancelling_refuses_rubbish(api: httpx.AsyncClient, storefront: Storefront) -> None:
    order = await _placed(api, storefront)
    path = f"{storefront.path}/orders/my-orders/{order['id']}/cancel"

    bodies: tuple[object, ...] = (
        {"reason": "x" * 2001},
        {"reason": "a\x00b"},
        {"reason": 5},
        {"because": "x"},
        [1],
    )
    for body in bodies:
        response = await api.post(path, json=body, headers=storefront.headers)
        assert (response.status_code, code(response)) == (422, "validation_failed")
