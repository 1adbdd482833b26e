"""A vendor cancels orders and chooses what becomes of the pieces and who is told."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from settings import Settings
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code, open_storefront
from tests.api.test_vendor_status import PATH, Desk
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import MailboxProcess
from tests.waiting import eventually


@pytest_asyncio.fixture
async def desk(api: httpx.AsyncClient, database: Database, settings: Settings, worker: None) -> Desk:
    storefront = await open_storefront(database, settings)
    user = await create_vendor_user(database, storefront.vendor, role="staff")
    return Desk(api, storefront, vendor_headers(settings, user))


async def cancel(
    desk: Desk, order: dict[str, Any], *, key: str | None = None, **body: object
) -> httpx.Response:
    headers = desk.headers if key is None else {**desk.headers, "Idempotency-Key": key}
    return await desk.api.post(f"{PATH}/{order['id']}/cancel", json=body, headers=headers)


@pytest.mark.parametrize("reason", ["vendor", "out_of_stock", "fraud", "other"])
async def test_order_is_cancelled_for_the_reason(desk: Desk, reason: str) -> None:
    order = await desk.placed()
    cancelled = await cancel(desk, order, reason=reason, notes="As agreed on the phone.")
    assert cancelled.status_code == 200, cancelled.text
    body = cancelled.json()
    assert (body["status"], body["cancel_reason"], body["next_statuses"]) == ("cancelled", reason, [])
    assert body["customer"]["email"] == desk.storefront.customer.email
    assert await desk.stock() == (10, 0)
    last = (await desk.detail(order))["status_history"][-1]
    assert (last["to_status"], last["changed_by_type"]) == ("cancelled", "vendor")
    assert last["notes"] == "As agreed on the phone."


async def test_reason_alone_is_no_note(desk: Desk) -> None:
    order = await desk.placed()
    await cancel(desk, order, reason="fraud")
    assert (await desk.detail(order))["status_history"][-1]["notes"] is None


async def test_pieces_are_written_off_and_the_customer_not_told(desk: Desk, mailbox: MailboxProcess) -> None:
    order, told = await desk.placed(), await desk.placed()
    await cancel(desk, order, reason="fraud", restock=False, notify_customer=False)
    assert await desk.stock() == (8, 1)
    await cancel(desk, told, reason="vendor")
    assert await desk.stock() == (9, 0)
    customer = desk.storefront.customer.email
    mails = await eventually(
        lambda: mailbox.messages(to=customer),
        lambda mails: any("cancelled" in mail["message_id"] for mail in mails),
    )
    about = [mail["message_id"] for mail in mails if "cancelled" in mail["message_id"]]
    assert len(about) == 1
    assert told["order_number"].lower() in about[0]


async def test_key_makes_it_one_cancellation(desk: Desk) -> None:
    order = await desk.placed()
    first = await cancel(desk, order, key="once", reason="fraud", restock=False)
    again = await cancel(desk, order, key="once", reason="fraud", restock=False)
    other = await cancel(desk, order, key="once", reason="fraud")
    later = await cancel(desk, order, reason="other")
    assert first.json() == again.json() == later.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert await desk.stock() == (9, 0)


async def test_shipped_order_is_not_cancelled(desk: Desk) -> None:
    order = await desk.placed()
    for status in ("confirmed", "shipped"):
        assert (await desk.put(order, status)).status_code == 200
    refused = await cancel(desk, order, reason="vendor")
    assert (refused.status_code, code(refused)) == (409, "transition_not_allowed")
    assert refused.json()["next_statuses"] == ["delivered"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "customer"},
        {"reason": "expired"},
        {"reason": "because"},
        {"reason": "fraud", "restock": "no"},
        {"reason": "fraud", "notify_customer": None},
        {"reason": "fraud", "notes": "x\x00"},
        {"reason": "fraud", "surprise": 1},
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
        f"{PATH}/{order.id}/cancel", json=body, headers=vendor_headers(lone_settings, user)
    )
    assert answer.status_code == 422, answer.text
