"""A vendor refunds orders, with the real workflow, worker and Stripe sandbox behind the API."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from db.session import Database
from db.tables import ShippingMethod, Vendor
from settings import Settings
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code, open_storefront
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually

PATH = "/api/v1/vendor/orders"


@dataclass(frozen=True)
class RefundDesk:
    """Somebody at a vendor, with paid orders to refund."""

    api: httpx.AsyncClient
    storefront: Storefront
    stripe: SandboxProcess
    headers: dict[str, str]

    async def paid(self) -> dict[str, Any]:
        cart = await self.storefront.cart([(self.storefront.mug, 2)])
        answer = await self.storefront.order(self.api, cart, payment_method="stripe")
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()
        await self.stripe.confirm(order["payment_reference"])
        return await eventually(lambda: self.detail(order), lambda found: found["status"] == "confirmed")

    async def detail(self, order: dict[str, Any]) -> dict[str, Any]:
        answer = await self.api.get(f"{PATH}/{order['id']}", headers=self.headers)
        body: dict[str, Any] = answer.json()
        return body

    async def refund(
        self, order: dict[str, Any], body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self.api.post(
            f"{PATH}/{order['id']}/refunds", json=body, headers={**self.headers, **(headers or {})}
        )


@pytest_asyncio.fixture
async def desk(
    api: httpx.AsyncClient,
    database: Database,
    settings: Settings,
    worker: None,
    webhooks: None,
    stripe_sandbox: SandboxProcess,
) -> RefundDesk:
    storefront = await open_storefront(database, settings)
    user = await create_vendor_user(database, storefront.vendor, role="staff")
    return RefundDesk(api, storefront, stripe_sandbox, vendor_headers(settings, user))


async def test_refund_is_paid_once_for_its_key(desk: RefundDesk) -> None:
    order = await desk.paid()
    key = {"Idempotency-Key": "refund-1"}
    wish = {"amount": 5.5, "reason": "Scratched."}

    first = await desk.refund(order, wish, key)
    again = await desk.refund(order, wish, key)
    other = await desk.refund(order, {"amount": 6, "reason": "Scratched."}, key)

    assert (first.status_code, first.json()["amount"]) == (201, 5.5)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    found = await eventually(
        lambda: desk.detail(order), lambda found: found["payment_status"] == "partially_refunded"
    )
    assert found["refunded_amount"] == 5.5
    assert [(refund["status"], refund["reason"]) for refund in found["refunds"]] == [
        ("succeeded", "Scratched.")
    ]


async def test_too_much_is_refused_with_what_is_left(desk: RefundDesk) -> None:
    order = await desk.paid()
    total = order["total_amount"]

    refused = await desk.refund(order, {"amount": round(total + 0.01, 2), "reason": "-"})
    whole = await desk.refund(order, {"reason": "All of it."})
    nothing = await desk.refund(order, {"reason": "Again."})

    assert (refused.status_code, code(refused)) == (409, "refund_exceeds_remaining")
    assert refused.json()["refundable_amount"] == total
    assert (whole.status_code, whole.json()["amount"]) == (201, total)
    assert nothing.status_code == 409


async def test_piece_is_refunded_at_what_it_cost(desk: RefundDesk) -> None:
    order = await desk.paid()
    item = order["items"][0]
    piece = {"order_item_id": item["id"], "quantity": 1}

    one = await desk.refund(order, {"items": [piece], "reason": "One was broken."})
    two = await desk.refund(order, {"items": [piece], "reason": "So was the other."})
    foreign = await desk.refund(
        order, {"items": [{"order_item_id": item["id"] + 999, "quantity": 1}], "reason": "-"}
    )

    cents = [round(answer.json()["amount"] * 100) for answer in (one, two)]
    assert sum(cents) == round((item["total_price"] + item["tax_amount"]) * 100)
    assert abs(cents[0] - cents[1]) <= 1
    assert (foreign.status_code, code(foreign)) == (422, "invalid_amount")


async def test_shipping_is_refunded_once_by_its_own_name(desk: RefundDesk) -> None:
    order = await desk.paid()
    wish = {"shipping": True, "reason": "It took a month."}

    first = await desk.refund(order, wish, {"Idempotency-Key": "shipping"})
    again = await desk.refund(order, wish, {"Idempotency-Key": "shipping"})
    second = await desk.refund(order, wish)
    rest = await desk.refund(order, {"reason": "Then all of it."})

    assert first.status_code == 201, first.text
    assert (first.json()["amount"], first.json()["shipping_amount"]) == (5.9, 5.9)
    assert again.json()["id"] == first.json()["id"]
    assert (second.status_code, code(second)) == (409, "refund_exceeds_remaining")
    assert second.json()["refundable_shipping"] == "0.00"
    assert rest.json()["amount"] == round(order["total_amount"] - 5.9, 2)
    assert rest.json()["shipping_amount"] == 0


async def test_shipping_goes_back_beside_pieces_and_never_above_what_is_left(desk: RefundDesk) -> None:
    order = await desk.paid()
    item = order["items"][0]
    pieces = {"order_item_id": item["id"], "quantity": item["quantity"]}

    both = await desk.refund(order, {"items": [pieces], "shipping": True, "reason": "All came back."})
    assert both.json()["amount"] == order["total_amount"]

    other = await desk.paid()
    await desk.refund(other, {"amount": round(other["total_amount"] - 5, 2), "reason": "Nearly all."})
    refused = await desk.refund(other, {"shipping": True, "reason": "And the shipping."})
    assert (refused.status_code, code(refused)) == (409, "refund_exceeds_remaining")
    assert refused.json()["refundable_amount"] == 5


@pytest.mark.parametrize("prices_include_tax", [True, False])
async def test_taxed_shipping_goes_back_with_its_tax(
    desk: RefundDesk, database: Database, prices_include_tax: bool
) -> None:
    async with database.platform() as session:
        vendor = await session.get_one(Vendor, desk.storefront.vendor.id)
        vendor.tax_shipping, vendor.prices_include_tax = True, prices_include_tax
    order = await desk.paid()
    refund = await desk.refund(order, {"shipping": True, "reason": "Lost on the way."})
    assert refund.json()["amount"] == (5.9 if prices_include_tax else 6.9)  # 17 % of 5.90 are 1.00


async def test_free_shipping_is_not_refunded(desk: RefundDesk, database: Database) -> None:
    async with database.platform() as session:
        await session.execute(update(ShippingMethod).values(price=0))
    refused = await desk.refund(await desk.paid(), {"shipping": True, "reason": "Why?"})
    assert (refused.status_code, code(refused)) == (422, "invalid_amount")


async def test_order_that_ended_is_refunded_all_the_same(
    desk: RefundDesk, database: Database, settings: Settings
) -> None:
    order = await desk.paid()
    cancelled = await desk.api.put(
        f"{PATH}/{order['id']}/status", json={"status": "cancelled"}, headers=desk.headers
    )
    assert cancelled.status_code == 200
    found = await eventually(lambda: desk.detail(order), lambda found: found["payment_status"] == "refunded")
    refused = await desk.refund(found, {"reason": "Twice?"})
    assert refused.status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": "x", "amount": 0.001},
        {"reason": "x", "amount": -1},
        {"reason": "x", "amount": "NaN"},
        {"reason": "x", "items": [{"order_item_id": 1, "quantity": 0}]},
        {"reason": "x", "items": [{"order_item_id": 1, "quantity": 1}, {"order_item_id": 1, "quantity": 1}]},
        {"reason": "x", "restock": True},
        {"reason": "x", "shipping": True, "restock": True},
        {"reason": "x", "shipping": True, "amount": 1},
        {"reason": "x", "shipping": "yes"},
        {"reason": "x\x00"},
        {"reason": "x", "surprise": 1},
    ],
)
async def test_rubbish_is_refused(
    client: httpx.AsyncClient,
    lone_settings: Settings,
    storefront: Storefront,
    database: Database,
    body: dict[str, Any],
) -> None:
    user = await create_vendor_user(database, storefront.vendor)
    order = await create_order(database, storefront.customer, storefront.mug)
    answer = await client.post(
        f"{PATH}/{order.id}/refunds", json=body, headers=vendor_headers(lone_settings, user)
    )
    assert answer.status_code == 422, answer.text
