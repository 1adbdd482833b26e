"""Bank payments, disputes and dashboard refunds from Stripe's own webhooks to what the API answers."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio

from db.session import Database
from settings import Settings
from tests.api.backoffice import vendor_headers
from tests.api.storefront import Storefront, code, open_storefront
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.payments import control, debit, settle


@dataclass(frozen=True)
class Counter:
    """A customer and a vendor looking at the same order."""

    api: httpx.AsyncClient
    storefront: Storefront
    stripe: SandboxProcess
    headers: dict[str, str]

    async def place(self) -> dict[str, Any]:
        answer = await self.storefront.order(self.api, await self.storefront.cart(), payment_method="stripe")
        order: dict[str, Any] = answer.json()
        return order

    async def customers(self, order: dict[str, Any]) -> dict[str, Any]:
        path = f"{self.storefront.path}/orders/my-orders/{order['id']}"
        body: dict[str, Any] = (await self.api.get(path, headers=self.storefront.headers)).json()
        return body

    async def vendors(self, order: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/v1/vendor/orders/{order['id']}"
        body: dict[str, Any] = (await self.api.get(path, headers=self.headers)).json()
        return body


@pytest_asyncio.fixture
async def counter(
    api: httpx.AsyncClient,
    database: Database,
    settings: Settings,
    worker: None,
    webhooks: None,
    stripe_sandbox: SandboxProcess,
) -> Counter:
    storefront = await open_storefront(database, settings)
    user = await create_vendor_user(database, storefront.vendor)
    return Counter(api, storefront, stripe_sandbox, vendor_headers(settings, user))


async def test_customer_sees_that_the_bank_is_paying(counter: Counter) -> None:
    order = await counter.place()
    assert order["payment"]["status"] == "requires_payment_method"
    await debit(counter.stripe, order["payment_reference"])
    seen = await eventually(
        lambda: counter.customers(order), lambda found: found["payment"]["status"] == "processing"
    )
    assert (seen["status"], seen["payment_status"]) == ("pending", "pending")

    await settle(counter.stripe, order["payment_reference"], "succeed")
    await eventually(lambda: counter.customers(order), lambda found: found["status"] == "confirmed")


async def test_dispute_stands_on_the_vendors_order_and_not_on_the_customers(counter: Counter) -> None:
    order = await counter.place()
    await counter.stripe.confirm(order["payment_reference"], "pm_card_createDisputeProductNotReceived")
    seen = await eventually(lambda: counter.vendors(order), lambda found: bool(found["disputes"]))
    [dispute] = seen["disputes"]
    assert dispute["reference"].startswith("du_")
    assert (dispute["amount"], dispute["reason"]) == (order["total_amount"], "product_not_received")
    assert (dispute["status"], dispute["outcome"], dispute["closed_at"]) == ("needs_response", None, None)
    assert dispute["evidence_due_by"] > dispute["opened_at"]
    assert "disputes" not in await counter.customers(order)

    path = f"/api/v1/vendor/orders/{order['id']}/refunds"
    refused = await counter.api.post(path, json={"reason": "kind"}, headers=counter.headers)
    assert (refused.status_code, code(refused)) == (409, "refund_exceeds_remaining")

    await control(counter.stripe, f"disputes/{dispute['reference']}/decide", outcome="lost")
    seen = await eventually(
        lambda: counter.vendors(order), lambda found: found["payment_status"] == "refunded"
    )
    assert (seen["disputes"][0]["outcome"], seen["refunded_amount"]) == ("lost", 0)


async def test_refund_made_at_stripe_stands_on_both(counter: Counter) -> None:
    order = await counter.place()
    await counter.stripe.confirm(order["payment_reference"])
    await eventually(lambda: counter.vendors(order), lambda found: found["status"] == "confirmed")
    await counter.stripe.post("/v1/refunds", {"payment_intent": order["payment_reference"], "amount": "300"})
    seen = await eventually(lambda: counter.vendors(order), lambda found: bool(found["refunds"]))
    assert (seen["payment_status"], seen["refunded_amount"]) == ("partially_refunded", 3)
    assert [(refund["reason"], refund["amount"]) for refund in seen["refunds"]] == [("made at Stripe", 3)]
    assert (await counter.customers(order))["refunds"] == seen["refunds"]


async def test_payment_cancelled_at_stripe_cancels_the_order(counter: Counter) -> None:
    order = await counter.place()
    await counter.stripe.post(f"/v1/payment_intents/{order['payment_reference']}/cancel")
    seen = await eventually(lambda: counter.customers(order), lambda found: found["status"] == "cancelled")
    assert (seen["cancel_reason"], seen["payment_status"]) == ("payment_failed", "voided")


async def capture_on_shipment(counter: Counter) -> dict[str, Any]:
    """An order whose amount the bank holds."""
    setting = {"capture_method": "on_shipment", "capture_expiry": "capture"}
    changed = await counter.api.put("/api/v1/vendor/settings", json=setting, headers=counter.headers)
    assert changed.json() | setting == changed.json()
    order = await counter.place()
    assert (order["payment"]["status"], order["payment"]["capture_before"]) == (
        "requires_payment_method",
        None,
    )
    (await counter.stripe.confirm(order["payment_reference"])).raise_for_status()
    await eventually(lambda: counter.customers(order), lambda found: found["status"] == "confirmed")
    return order


async def ship(counter: Counter, order: dict[str, Any]) -> httpx.Response:
    path = f"/api/v1/vendor/orders/{order['id']}/status"
    return await counter.api.put(path, json={"status": "shipped"}, headers=counter.headers)


async def test_authorised_payment_shows_on_both_sides_until_the_order_ships(counter: Counter) -> None:
    order = await capture_on_shipment(counter)
    customers, vendors = await counter.customers(order), await counter.vendors(order)
    assert customers["payment_status"] == vendors["payment_status"] == "pending"
    assert customers["payment"]["status"] == vendors["payment"]["status"] == "authorized"
    assert (
        customers["payment"]["capture_before"] == vendors["payment"]["capture_before"] > order["created_at"]
    )
    assert (customers["payment"]["client_secret"], customers["payment"]["expires_at"]) == (None, None)

    shipped = await ship(counter, order)
    assert (shipped.status_code, shipped.json()["payment_status"]) == (200, "paid")
    assert (await counter.customers(order))["payment"] is None
    paid = {"provider": "stripe", "status": "succeeded", "capture_before": None}
    assert (await counter.vendors(order))["payment"] == paid


async def test_shipment_without_the_money_is_refused(counter: Counter) -> None:
    order = await capture_on_shipment(counter)
    await counter.stripe.faults("POST", "/_sandbox/webhook-faults", {"kind": "lost", "type": "*"})
    await control(counter.stripe, f"payment_intents/{order['payment_reference']}/expire")
    refused = await ship(counter, order)
    assert (refused.status_code, code(refused)) == (409, "capture_failed")
    seen = await counter.customers(order)
    assert (seen["status"], seen["cancel_reason"], seen["payment"]) == ("cancelled", "expired", None)
