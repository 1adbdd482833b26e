"""The desk's page of one order, and what is written from it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from api.pages.desk.temporal_links import workflow_link
from db.queries.messages import NewMessage, add_message
from db.tables import (
    Dispute,
    Email,
    FindingRow,
    Order,
    OrderEvent,
    OrderMessage,
    OrderNote,
    Payment,
    Refund,
    VendorUser,
)
from domain.lifecycle import ActorType
from settings import Settings
from tests.api.backoffice import create_order
from tests.api.pages.browsing import Browser, Read, desk_browser
from tests.api.storefront import Storefront
from tests.builders import create_vendor, create_vendor_user

NOW = datetime.now(UTC)


@pytest_asyncio.fixture
async def user(storefront: Storefront) -> VendorUser:
    return await create_vendor_user(storefront.database, storefront.vendor, role="staff")


@pytest.fixture
def desk(client: httpx.AsyncClient, storefront: Storefront, user: VendorUser) -> Browser:
    return desk_browser(client, storefront.settings, user)


async def _add(
    storefront: Storefront, order: Order, *rows: Refund | Dispute | FindingRow | Payment | OrderEvent | Email
) -> None:
    async with storefront.database.platform() as session:
        for row in rows:
            row.vendor_id, row.order_id = order.vendor_id, order.id
            session.add(row)
            await session.flush()


async def _count(storefront: Storefront, table: type[OrderNote] | type[OrderMessage]) -> int:
    async with storefront.database.platform() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def _event(sequence: int, kind: str, **values: object) -> OrderEvent:
    given = {"payment_status": "paid", "actor_type": "system", **values}
    return OrderEvent(sequence=sequence, type=kind, **given)


def _payment(order: Order, **values: object) -> Payment:
    return Payment(
        provider=order.payment_method,
        provider_reference=f"pi_{order.id}",
        amount=order.total_amount,
        currency="EUR",
        **{"status": "succeeded", **values},
    )


async def test_page_tells_what_there_is_and_what_can_be_done(desk: Browser, storefront: Storefront) -> None:
    order = await create_order(storefront.database, storefront.customer, storefront.mug)

    answer, page = await desk.open(f"/orders/{order.id}")

    path = f"/vendor/orders/{order.id}"
    assert answer.status_code == 200
    for told in (
        order.order_number,
        "Confirmed",
        "Paid",
        "Coffee mug",
        "€19.90",
        "Jane Doe",
        "1 Rue de la Gare",
    ):
        assert told in page.text, told
    assert [link for link in page.links if "/status" in link] == [
        f"{path}/status?to=processing",
        f"{path}/status?to=shipped",
        f"{path}/status?to=cancelled",
    ]
    assert f"/vendor/orders?customer_id={storefront.customer.id}" in page.links
    assert "Being prepared" in page.text
    assert "your shop" in page.text


async def test_viewer_is_shown_everything_and_offered_nothing(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    order = await create_order(storefront.database, storefront.customer, storefront.mug)
    viewer = await create_vendor_user(storefront.database, storefront.vendor, role="viewer")
    desk = desk_browser(client, storefront.settings, viewer)

    answer, page = await desk.open(f"/orders/{order.id}")
    _, dialog = await desk.open(f"/orders/{order.id}/status")

    assert answer.status_code == 200
    assert [form.action for form in page.forms] == ["/vendor/logout"]
    assert not [link for link in page.links if "/status" in link or "/refunds" in link]
    assert [form.action for form in dialog.forms] == ["/vendor/logout"]
    assert "You may look at orders and not change them." in dialog.text


async def test_another_vendors_order_is_not_there(client: httpx.AsyncClient, storefront: Storefront) -> None:
    order = await create_order(storefront.database, storefront.customer, storefront.mug)
    stranger = await create_vendor_user(storefront.database, await create_vendor(storefront.database))
    desk = desk_browser(client, storefront.settings, stranger)
    _, signed_in = await desk.open("/orders")
    fields = signed_in.form("/logout").fields

    for below in ("", "/status"):
        answer, _ = await desk.open(f"/orders/{order.id}{below}")
        assert answer.status_code == 404
        assert order.order_number not in answer.text
    for below in ("status", "messages", "notes"):
        sent = await client.post(f"/vendor/orders/{order.id}/{below}", data={**fields, "body": "x"})
        assert sent.status_code == 404


async def test_what_is_wrong_comes_first(desk: Browser, storefront: Storefront) -> None:
    order = await create_order(storefront.database, storefront.customer, storefront.mug)
    payment = _payment(order)
    await _add(storefront, order, payment)
    await _add(
        storefront,
        order,
        Refund(
            payment_id=payment.id,
            refund_key=f"{order.order_number}:refund:1",
            amount=Decimal(5),
            currency="EUR",
            reason="Scratched.",
            status="failed",
            failure_reason="expired_or_canceled_card",
        ),
        Dispute(
            provider_reference="dp_1",
            amount=Decimal(7),
            currency="EUR",
            reason="fraudulent",
            status="needs_response",
            evidence_due_by=NOW + timedelta(days=3),
            opened_at=NOW,
        ),
        FindingRow(
            subject=order.order_number,
            code="workflow_stuck",
            reason="a step was tried 40 times",
            first_seen=NOW,
            last_seen=NOW,
        ),
    )

    _, page = await desk.open(f"/orders/{order.id}")

    alerts = page.text.partition("Waiting for")[0]
    assert "A payment of €7.00 is disputed: your answer is due" in alerts
    assert "the cardholder says that they did not pay it" in alerts
    assert "A refund of €5.00 failed (expired_or_canceled_card" in alerts.replace(" )", ")").replace(
        "( ", "("
    )
    assert "A step of this order fails again and again." in alerts
    assert "Somebody to look at it" in page.text


async def test_authorised_amount_is_said_to_be_taken_with_the_shipment(
    desk: Browser, storefront: Storefront
) -> None:
    order = await create_order(
        storefront.database, storefront.customer, storefront.mug, payment_status="pending"
    )
    soon = NOW + timedelta(hours=5)
    await _add(storefront, order, _payment(order, status="requires_capture", capture_before=soon))

    _, page = await desk.open(f"/orders/{order.id}")
    _, dialog = await desk.open(f"/orders/{order.id}/status?to=shipped")
    _, cancelling = await desk.open(f"/orders/{order.id}/status?to=cancelled")

    assert "Authorised" in page.text
    assert "Please ship before" in page.text
    assert "The customer's bank holds €19.90, which is taken now." in dialog.text
    assert "The customer is not charged: the bank lets go of the €19.90 it holds." in cancelling.text


async def test_timeline_says_who_did_what_and_why(
    desk: Browser, storefront: Storefront, user: VendorUser
) -> None:
    order = await create_order(storefront.database, storefront.customer, storefront.mug, status="shipped")
    await _add(
        storefront,
        order,
        _event(2, "payment.succeeded", cause="evt_1", data={"amount": "19.90", "charge": "ch_1"}),
        _event(
            3,
            "order.shipped",
            actor_type="vendor",
            actor_id=user.id,
            from_status="confirmed",
            to_status="shipped",
            notes="Two parcels.",
        ),
        _event(
            4,
            "operator.extend_deadline",
            cause="operator:ada",
            data={
                "operator": "ada",
                "reason": "carrier strike",
                "step": "delivery",
                "until": "2026-12-24T12:00:00Z",
            },
        ),
        _event(5, "something.new"),
        Email(
            email_key="order_shipped",
            kind="order_shipped",
            recipient="jane@mail.example",
            subject="s",
            message_id=f"<{order.id}@x>",
            sent_at=NOW,
        ),
    )

    _, page = await desk.open(f"/orders/{order.id}")

    told = page.text.partition("Timeline")[2]
    for words in (
        "Payment of €19.90 received Stripe · #2",
        "Order shipped Olga Owner · #3 Two parcels.",
        "More time for delivery Operator ada · #4 carrier strike",
        "something.new Automatically · #5",
        "E-mail “Order shipped” to jane@mail.example",
        "Order placed Jane Doe, customer · #1",
    ):
        assert words in told, (words, told)
    assert told.index("#5") < told.index("#4") < told.index("#1")


async def test_note_is_kept_once_and_stays_in_the_house(desk: Browser, storefront: Storefront) -> None:
    order = await create_order(storefront.database, storefront.customer, storefront.mug)
    _, page = await desk.open(f"/orders/{order.id}")
    form = page.form("/notes")

    sent = [
        await desk.client.post(form.action, data={**form.fields, "body": "Rings <twice>."}) for _ in range(2)
    ]
    other = await desk.client.post(form.action, data={**form.fields, "body": "Another one."})
    refused = await desk.client.post(form.action, data={**form.fields, "body": " "})

    assert [answer.status_code for answer in (*sent, other)] == [303, 303, 303]
    assert sent[0].headers["location"] == f"/vendor/orders/{order.id}#notes"
    assert await _count(storefront, OrderNote) == 2
    assert (refused.status_code, "Please fill this in." in Read(refused.text).text) == (422, True)
    _, page = await desk.open(f"/orders/{order.id}")
    assert "Rings <twice>." in page.text


async def test_message_is_sent_once_and_refused_when_there_are_too_many(
    desk: Browser, storefront: Storefront, user: VendorUser
) -> None:
    order = await create_order(storefront.database, storefront.customer, storefront.mug)
    _, page = await desk.open(f"/orders/{order.id}")
    form = page.form("/messages")

    for _ in range(2):
        sent = await desk.client.post(form.action, data={**form.fields, "body": "On Monday."})
        assert sent.headers["location"] == f"/vendor/orders/{order.id}#messages"
    assert await _count(storefront, OrderMessage) == 1
    async with storefront.database.vendor(order.vendor_id) as session:
        for number in range(19):
            new = NewMessage(order.vendor_id, order.id, ActorType.VENDOR, user.id, f"No. {number}")
            await add_message(session, new)

    refused = await desk.send(f"/orders/{order.id}", "/messages", body="One too many")

    assert refused.status_code == 429
    assert "That was too often." in Read(refused.text).text
    assert "One too many" in refused.text


def test_link_to_temporal_finds_what_followed_an_order_that_is_over(lone_settings: Settings) -> None:
    settings = lone_settings.model_copy(update={"temporal_ui_url": "https://temporal.example/"})
    number, base = "ACME-1", "https://temporal.example/namespaces/default/workflows"
    both = 'WorkflowId="ACME-1" OR WorkflowId="ACME-1-after-sale"'

    running = workflow_link(settings, Order(order_number=number, status="shipped"))
    cancelled = workflow_link(settings, Order(order_number=number, status="cancelled"))
    completed = workflow_link(settings, Order(order_number=number, status="delivered", completed_at=NOW))

    assert running is not None
    assert (running.address, running.ended) == (f"{base}/{number}", False)
    for over in (cancelled, completed):
        assert over is not None
        assert (over.address, over.ended) == (f"{base}?{urlencode({'query': both})}", True)
    assert workflow_link(lone_settings, Order(order_number=number, status="shipped")) is None


async def test_what_takes_longer_is_said(desk: Browser, storefront: Storefront) -> None:
    order = await create_order(storefront.database, storefront.customer, storefront.mug)

    _, asked = await desk.open(f"/orders/{order.id}?asked=true")
    _, page = await desk.open(f"/orders/{order.id}")

    assert "This was handed over and takes longer than usual." in asked.text
    assert "This was handed over" not in page.text


async def test_signing_in_leads_back_to_the_order_of_an_email(client: httpx.AsyncClient) -> None:
    answer = await client.get("/vendor/orders/7")

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/vendor/login?next=%2Fvendor%2Forders%2F7",
    )
