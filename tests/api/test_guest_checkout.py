"""A guest's way through the whole system: order, mail, tracking, account."""

import re
from typing import Any

import httpx
import pytest_asyncio

from db.session import Database
from settings import Settings
from tests.api.storefront import Storefront, new_session_id, open_storefront
from tests.api.test_guests import ADDRESS, EMAIL, enter, signed_in
from tests.fixtures.sandboxes import MailboxProcess
from tests.waiting import eventually

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings, worker: None) -> Storefront:
    """The shop with the whole write side running."""
    return await open_storefront(database, settings)


async def _order(api: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]) -> dict[str, Any]:
    """What a page does for a guest, from the cart to the order."""
    path, session_id = storefront.path, new_session_id()
    item = {"product_id": storefront.mug.id, "quantity": 1}
    await api.post(f"{path}/cart/{session_id}/items", json=item, headers=headers)
    address = (await api.post(f"{path}/customers/addresses", json=ADDRESS, headers=headers)).json()
    body = {
        "session_id": session_id,
        "shipping_address_id": address["id"],
        "billing_address_id": address["id"],
        "payment_method": "manual",
    }
    placed = await api.post(f"{path}/orders", json=body, headers=headers)
    assert placed.status_code == 201, placed.text
    order: dict[str, Any] = placed.json()
    return order


async def _mail(mailbox: MailboxProcess, subject: str) -> str:
    """The text of the mail to the guest whose subject has these words."""
    mails = await eventually(
        mailbox.messages, lambda mails: any(subject in m["subject"] and m["to"] == EMAIL for m in mails)
    )
    return next(mail["text"] for mail in mails if subject in mail["subject"] and mail["to"] == EMAIL)


async def test_guest_orders_follows_it_by_mail_and_makes_an_account(
    api: httpx.AsyncClient, storefront: Storefront, mailbox: MailboxProcess
) -> None:
    path = storefront.path
    order = await _order(api, storefront, signed_in(await enter(api, storefront)))
    received = await _mail(mailbox, "please pay")
    (token,) = re.findall(rf"/shop/{storefront.vendor.id}/track/(\S+)", received)

    tracked = await api.get(f"{path}/orders/tracked/{token}")
    assert tracked.json()["order_number"] == order["order_number"]
    assert tracked.json()["next_step"]["step"] == "confirmation"
    assert tracked.json()["payment"]["provider"] == "manual"
    assert "Hello Jane," in received
    assert f"/shop/{storefront.vendor.id}/account/link" in received

    asked = [await api.post(f"{path}/customers/account-link", json={"email": EMAIL}) for _ in range(2)]
    unknown = await api.post(f"{path}/customers/account-link", json={"email": "nobody@example.com"})
    assert [(answer.status_code, answer.content) for answer in [*asked, unknown]] == [(202, b"")] * 3
    invitation = await _mail(mailbox, "Create your account")
    (token,) = re.findall(r"/account/set-password/(\S+)", invitation)
    body = {"token": token, "password": PASSWORD}
    claimed = (await api.post(f"{path}/customers/accounts", json=body)).json()
    cancelled = await api.post(
        f"{path}/orders/my-orders/{order['id']}/cancel", json={}, headers=signed_in(claimed)
    )

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    detail = await api.get(f"{path}/orders/my-orders/{order['id']}", headers=signed_in(claimed))
    last = detail.json()["status_history"][-1]
    assert (last["to_status"], last["changed_by_id"]) == ("cancelled", claimed["customer"]["id"])
    assert detail.json()["customer_id"] == order["customer_id"] != claimed["customer"]["id"]
    mails = await mailbox.messages()
    assert sum("Create your account" in mail["subject"] for mail in mails) == 1
    assert not any(mail["to"] == "nobody@example.com" for mail in mails)


async def test_guest_who_has_not_ordered_is_sent_nothing(
    api: httpx.AsyncClient, storefront: Storefront, mailbox: MailboxProcess
) -> None:
    await enter(api, storefront)
    await enter(api, storefront, "other@example.com")
    await _order(api, storefront, signed_in(await enter(api, storefront, "other@example.com")))
    for email in (EMAIL, "other@example.com"):
        answer = await api.post(f"{storefront.path}/customers/account-link", json={"email": email})
        assert answer.status_code == 202

    mails = await eventually(
        mailbox.messages, lambda mails: any("Create your account" in mail["subject"] for mail in mails)
    )

    assert EMAIL not in {mail["to"] for mail in mails}
