"""The invoice of an order that was bought, paid and partly refunded for real."""

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from api.tokens import Audience, Claims
from db.session import Database
from settings import Settings
from tests.api.invoiced import set_up_invoices
from tests.api.storefront import Storefront, bearer, code, open_storefront
from tests.builders import create_vendor_user
from tests.waiting import eventually


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings, worker: None) -> Storefront:
    """The shop with the whole write side running."""
    shop = await open_storefront(database, settings)
    await set_up_invoices(database, shop.vendor)
    return shop


async def test_invoice_and_credit_notes_follow_what_is_paid_and_given_back(
    api: httpx.AsyncClient, storefront: Storefront, temporal_client: Client
) -> None:
    user = await create_vendor_user(storefront.database, storefront.vendor)
    staff = bearer(storefront.settings, Audience.VENDOR, Claims(user.id, user.vendor_id, user.role))
    order = (await storefront.order(api, await storefront.cart(), payment_method="manual")).json()
    desk, own = f"/api/v1/vendor/orders/{order['id']}", f"{storefront.path}/orders/my-orders/{order['id']}"
    early = await api.post(f"{own}/invoices", headers=storefront.headers)
    moved = await api.put(f"{desk}/status", json={"status": "confirmed"}, headers=staff)
    before = await api.post(f"{own}/invoices", headers=storefront.headers)
    events = await _events(temporal_client, order["order_number"])

    async def give_back(body: dict[str, object]) -> None:
        asked = await api.post(f"{desk}/refunds", json={"reason": "damaged", **body}, headers=staff)
        assert asked.status_code in {200, 201, 202}, asked.text
        await eventually(refunds, lambda found: all(each["status"] == "succeeded" for each in found))

    async def refunds() -> list[dict[str, object]]:
        return list((await api.get(desk, headers=staff)).json()["refunds"])

    mug = next(item for item in order["items"] if item["product_title"] == "Coffee mug")
    await give_back({"items": [{"order_item_id": mug["id"], "quantity": 1}]})
    one = (await api.post(f"{own}/invoices", headers=storefront.headers)).json()["invoices"]
    await give_back({})
    all_of_it = (await api.post(f"{own}/invoices", headers=storefront.headers)).json()["invoices"]

    assert (early.status_code, code(early)) == (409, "invoice_not_due")
    assert (moved.status_code, before.status_code) == (200, 201)
    [invoice] = before.json()["invoices"]
    assert invoice["total_amount"] == order["total_amount"]
    assert invoice["tax_amount"] == order["tax_amount"]
    assert [each["kind"] for each in all_of_it] == ["invoice", "credit_note", "credit_note"]
    assert one == all_of_it[:2]
    # One of two mugs that cost 46.57; the rest of the order is the rest of the invoice, to the cent.
    assert (one[1]["net_amount"], one[1]["tax_amount"]) == (19.91, 3.38)
    for amount in ("net_amount", "tax_amount", "total_amount"):
        assert sum(each[amount] for each in all_of_it[1:]) == pytest.approx(invoice[amount], abs=1e-9)
    # The workflow had nothing to do with the invoice.
    assert events == await _events(temporal_client, order["order_number"], first=len(events))


async def _events(client: Client, order_number: str, *, first: int | None = None) -> list[int]:
    history = await client.get_workflow_handle(order_number).fetch_history()
    return [event.event_id for event in history.events][:first]
