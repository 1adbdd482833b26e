"""A vendor moves orders along, with the real workflow and worker behind the API."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from db.session import Database
from db.tables import Inventory, Order, OrderCommand
from settings import Settings
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code, open_storefront
from tests.builders import create_vendor_user
from tests.waiting import eventually

PATH = "/api/v1/vendor/orders"
ASYNC = {"Prefer": "respond-async"}


@dataclass(frozen=True)
class Desk:
    """Somebody at a vendor, with orders to move."""

    api: httpx.AsyncClient
    storefront: Storefront
    headers: dict[str, str]

    async def placed(self) -> dict[str, Any]:
        """A new order for one mug, to be paid by bank transfer."""
        cart = await self.storefront.cart([(self.storefront.mug, 1)])
        answer = await self.storefront.order(self.api, cart)
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()
        return order

    async def put(
        self, order: dict[str, Any], status: str, headers: dict[str, str] | None = None, **body: object
    ) -> httpx.Response:
        return await self.api.put(
            f"{PATH}/{order['id']}/status",
            json={"status": status, **body},
            headers={**self.headers, **(headers or {})},
        )

    async def detail(self, order: dict[str, Any]) -> dict[str, Any]:
        answer = await self.api.get(f"{PATH}/{order['id']}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def stock(self) -> tuple[int, int]:
        """Available and reserved mugs."""
        statement = select(Inventory.available_quantity, Inventory.reserved_quantity).where(
            Inventory.product_id == self.storefront.mug.id
        )
        async with self.storefront.database.reading(self.storefront.vendor.id) as session:
            row = (await session.execute(statement)).one()
        return row.available_quantity, row.reserved_quantity


@pytest_asyncio.fixture
async def desk(api: httpx.AsyncClient, database: Database, settings: Settings, worker: None) -> Desk:
    storefront = await open_storefront(database, settings)
    user = await create_vendor_user(database, storefront.vendor, role="staff")
    return Desk(api, storefront, vendor_headers(settings, user))


async def test_order_goes_from_pending_to_delivered(desk: Desk) -> None:
    order = await desk.placed()

    confirmed = await desk.put(order, "confirmed", notes="Money is here.")
    processing = await desk.put(order, "processing")
    shipped = await desk.put(order, "shipped", carrier="DHL", tracking_number=" JD0146 ")
    delivered = await desk.put(order, "delivered")

    assert confirmed.status_code == 200, confirmed.text
    assert (confirmed.json()["payment_status"], confirmed.json()["customer"]["first_name"]) == (
        "paid",
        "Jane",
    )
    assert confirmed.json()["next_statuses"] == ["processing", "shipped", "cancelled"]
    assert processing.json()["status"] == "processing"
    assert (shipped.json()["carrier"], shipped.json()["tracking_number"]) == ("DHL", "JD0146")
    assert "JD0146" in shipped.json()["tracking_url"]
    assert (delivered.json()["status"], delivered.json()["next_statuses"]) == ("delivered", [])
    history = (await desk.detail(order))["status_history"]
    assert [entry["to_status"] for entry in history] == [
        "pending",
        "confirmed",
        "processing",
        "shipped",
        "delivered",
    ]
    assert (history[1]["changed_by_type"], history[1]["notes"]) == ("vendor", "Money is here.")


async def test_page_that_sends_every_field_each_time_gets_through(desk: Desk) -> None:
    order = await desk.placed()
    await desk.put(order, "confirmed", tracking_number="", notes="")
    shipped = await desk.put(order, "shipped", carrier="DHL", tracking_number="JD0146", notes="")
    delivered = await desk.put(order, "delivered", tracking_number="JD0146", notes="")

    assert (shipped.status_code, delivered.status_code) == (200, 200)
    assert (delivered.json()["carrier"], delivered.json()["tracking_number"]) == ("DHL", "JD0146")


async def test_present_status_again_changes_nothing(desk: Desk) -> None:
    order = await desk.placed()
    await desk.put(order, "confirmed")
    before = await desk.detail(order)

    again = await desk.put(order, "confirmed", notes="Once more.")
    keyed = await desk.put(order, "confirmed", {"Idempotency-Key": "again-1"})

    assert (again.status_code, keyed.status_code) == (200, 200)
    assert await desk.detail(order) == before


@pytest.mark.parametrize("headers", [{}, ASYNC], ids=["waiting", "async"])
async def test_status_that_is_not_next_is_refused_with_what_is(desk: Desk, headers: dict[str, str]) -> None:
    order = await desk.placed()
    before = await desk.detail(order)

    shipped = await desk.put(order, "shipped", headers)
    delivered = await desk.put(order, "delivered", headers)
    await desk.put(order, "confirmed")
    pending = await desk.put(order, "pending", headers)

    for answer in (shipped, delivered):
        assert (answer.status_code, code(answer)) == (409, "transition_not_allowed")
        assert answer.json()["next_statuses"] == ["confirmed", "cancelled"]
    assert before["status"] == "pending"
    assert (pending.status_code, code(pending)) == (409, "transition_not_allowed")
    assert pending.json()["next_statuses"] == ["processing", "shipped", "cancelled"]
    assert (await desk.detail(order))["status"] == "confirmed"


async def test_order_paid_by_card_is_not_the_vendors_to_confirm(desk: Desk) -> None:
    cart = await desk.storefront.cart([(desk.storefront.mug, 1)])
    order = (await desk.storefront.order(desk.api, cart, payment_method="stripe")).json()

    answer = await desk.put(order, "confirmed")

    assert (answer.status_code, code(answer)) == (409, "transition_not_allowed")
    assert answer.json()["next_statuses"] == ["cancelled"]


async def test_cancelling_gives_the_stock_back(desk: Desk) -> None:
    order = await desk.placed()
    held = await desk.stock()

    answer = await desk.put(order, "cancelled", notes="No mugs left.")
    again = await desk.put(order, "cancelled", {"Idempotency-Key": "again"})
    afterwards = await desk.put(order, "confirmed")

    assert (held, await desk.stock()) == ((9, 1), (10, 0))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["cancel_reason"]) == ("cancelled", "vendor")
    assert again.status_code == 200
    assert (afterwards.status_code, code(afterwards)) == (409, "transition_not_allowed")
    assert afterwards.json()["next_statuses"] == []


async def test_change_nobody_waits_for_is_handed_over(desk: Desk) -> None:
    order = await desk.placed()

    answer = await desk.put(order, "confirmed", {"Prefer": "wait=10, Respond-Async; foo=bar"}, notes="Later.")
    detail = await eventually(lambda: desk.detail(order), lambda body: body["status"] == "confirmed")
    unchanged = await desk.put(order, "confirmed", ASYNC)

    assert answer.status_code == 202, answer.text
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert answer.headers["Location"] == f"{PATH}/{order['id']}"
    assert answer.json()["status"] == "pending"
    assert detail["status_history"][-1]["notes"] == "Later."
    assert unchanged.status_code == 200


async def test_repeated_request_with_its_key_is_answered_again(desk: Desk) -> None:
    order = await desk.placed()
    key = {"Idempotency-Key": "confirm-1"}

    first = await desk.put(order, "confirmed", key)
    await desk.put(order, "processing")
    again = await desk.put(order, "confirmed", key)
    other = await desk.put(order, "shipped", key)

    assert "Idempotent-Replayed" not in first.headers
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert again.json()["status"] == "processing"
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")


async def test_repeated_async_request_with_its_key_has_one_effect(desk: Desk) -> None:
    order = await desk.placed()
    key = {**ASYNC, "Idempotency-Key": "confirm-1"}

    first = await desk.put(order, "confirmed", key)
    await eventually(lambda: desk.detail(order), lambda body: body["status"] == "confirmed")
    await desk.put(order, "processing")
    again = await desk.put(order, "confirmed", key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["Idempotent-Replayed"] == "true"
    async with desk.storefront.database.reading(desk.storefront.vendor.id) as session:
        outcomes = (await session.scalars(select(OrderCommand.outcome).order_by(OrderCommand.id))).all()
    assert outcomes == [{"applied": True}, {"applied": True}]
    assert (await desk.detail(order))["status"] == "processing"


async def test_simultaneous_changes_leave_one_history(desk: Desk) -> None:
    order = await desk.placed()

    answers = await asyncio.gather(*(desk.put(order, "confirmed") for _ in range(5)))
    racing = await asyncio.gather(desk.put(order, "shipped"), desk.put(order, "cancelled"))

    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.status_code for answer in racing) == [200, 409]
    assert len((await desk.detail(order))["status_history"]) == 3


async def test_order_whose_workflow_is_forgotten_is_closed(desk: Desk) -> None:
    stored = await create_order(desk.storefront.database, desk.storefront.customer, desk.storefront.mug)
    order = {"id": stored.id}

    for headers in ({}, ASYNC):
        answer = await desk.put(order, "processing", headers)
        assert (answer.status_code, code(answer)) == (409, "order_closed")


async def test_change_that_was_made_is_answered_again_after_its_workflow_is_forgotten(desk: Desk) -> None:
    order = await desk.placed()
    key = {"Idempotency-Key": "confirm-once"}
    first = await desk.put(order, "confirmed", key)
    assert (await desk.put(order, "processing")).status_code == 200
    async with desk.storefront.database.vendor(desk.storefront.vendor.id) as session:
        # Under a number that Temporal has never heard of.
        renamed = update(Order).where(Order.id == order["id"]).values(order_number="GONE-20261122-00001")
        await session.execute(renamed)

    again = await desk.put(order, "confirmed", key)
    another = await desk.put(order, "confirmed", {"Idempotency-Key": "confirm-again"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json()["status"] == "processing"
    assert (another.status_code, code(another)) == (409, "transition_not_allowed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "status"),
        ({"status": "lost"}, "status"),
        ({"status": None}, "status"),
        ({"status": "shipped", "tracking_number": "x" * 65}, "tracking_number"),
        ({"status": "shipped", "tracking_number": "a\x00b"}, "tracking_number"),
        ({"status": "shipped", "tracking_number": 12}, "tracking_number"),
        ({"status": "shipped", "carrier": "x" * 101}, "carrier"),
        ({"status": "shipped", "carrier": "a\nb"}, "carrier"),
        ({"status": "confirmed", "notes": "a\x00b"}, "notes"),
        ({"status": "confirmed", "notes": "x" * 2001}, "notes"),
        ({"status": "confirmed", "payment_status": "paid"}, "payment_status"),
    ],
    ids=str,
)
async def test_rubbish_is_refused(
    client: httpx.AsyncClient, storefront: Storefront, database: Database, body: dict[str, Any], field: str
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    user = await create_vendor_user(database, storefront.vendor)
    headers = vendor_headers(storefront.settings, user)

    answer = await client.put(f"{PATH}/{order.id}/status", json=body, headers=headers)

    assert (answer.status_code, code(answer)) == (422, "validation_failed"), answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("prefer", [{}, ASYNC], ids=["waiting", "async"])
async def test_without_temporal_nothing_changes_and_reads_go_on(
    client: httpx.AsyncClient, storefront: Storefront, database: Database, prefer: dict[str, str]
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    headers = vendor_headers(storefront.settings, await create_vendor_user(database, storefront.vendor))

    answer = await client.put(
        f"{PATH}/{order.id}/status", json={"status": "processing"}, headers={**headers, **prefer}
    )
    same = await client.put(
        f"{PATH}/{order.id}/status", json={"status": "confirmed"}, headers={**headers, **prefer}
    )
    read = await client.get(f"{PATH}/{order.id}", headers=headers)

    assert (answer.status_code, code(answer)) == (503, "engine_unavailable")
    assert answer.headers["Retry-After"] == "2"
    assert same.status_code == 200
    assert read.json()["status"] == "confirmed"
