"""Stripe's webhook: what is handed over, and to whom."""

import logging
import uuid
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from starlette.types import Message
from temporalio.client import Client

from api.app import create_app
from api.webhook_events import HEARD_AFTER_THE_END, PAYMENT_TYPES
from db.session import Database
from db.tables import Order, StripeEvent
from settings import Settings
from tests.api.storefront import Storefront, code, open_storefront
from tests.api.stripe_events import order_awaiting, remembered_events, send_event, stripe_event
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from workflows.messages import AFTER_SALE_WORKFLOW, after_sale_id


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (stripe_event("pi_of_somebody_else"), "foreign"),
        (stripe_event("pi_1", "payment_intent.created"), "ignored"),
        (stripe_event("pi_1", "charge.succeeded"), "ignored"),
        (stripe_event("pi_1", "invoice.paid"), "ignored"),
        (stripe_event("pi\x00", "payment_intent.succeeded"), "ignored"),
        ({**stripe_event("pi_1", "refund.updated"), "data": {"object": {"payment_intent": None}}}, "ignored"),
        ({**stripe_event("pi_1", "refund.updated"), "data": {"object": {}}}, "ignored"),
    ],
    ids=str,
)
async def test_events_about_nothing_of_ours_are_taken_and_forgotten(
    client: httpx.AsyncClient,
    lone_settings: Settings,
    storefront: Storefront,
    event: dict[str, Any],
    outcome: str,
) -> None:
    await order_awaiting(storefront)

    answer = await send_event(client, lone_settings, event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": outcome})
    assert await remembered_events(storefront.database) == []


async def test_event_that_only_names_an_order_reaches_nobody(
    client: httpx.AsyncClient, lone_settings: Settings, storefront: Storefront
) -> None:
    order = await order_awaiting(storefront)
    event = stripe_event("pi_forged")
    event["data"]["object"]["metadata"] = {
        "order_number": order.order_number,
        "vendor_id": str(order.vendor_id),
    }

    answer = await send_event(client, lone_settings, event)

    assert answer.json() == {"outcome": "foreign"}


async def test_event_is_asked_for_again_while_temporal_is_away(
    client: httpx.AsyncClient, lone_settings: Settings, storefront: Storefront
) -> None:
    await order_awaiting(storefront)

    for _ in range(2):
        answer = await send_event(client, lone_settings, stripe_event("pi_1"))
        assert (answer.status_code, code(answer)) == (503, "engine_unavailable")
        assert answer.headers["Retry-After"]

    assert await remembered_events(storefront.database) == [("evt_1", False)]


async def test_event_that_was_handed_over_is_known(
    client: httpx.AsyncClient, lone_settings: Settings, storefront: Storefront
) -> None:
    order = await order_awaiting(storefront)
    async with storefront.database.platform() as session:
        session.add(
            StripeEvent(
                event_id="evt_1",
                type="payment_intent.succeeded",
                order_number=order.order_number,
                handed_over_at=order.created_at,
            )
        )

    answer = await send_event(client, lone_settings, stripe_event("pi_1"))

    assert (answer.status_code, answer.json()) == (200, {"outcome": "known"})


async def test_payment_in_the_browser_confirms_the_order(
    api: httpx.AsyncClient,
    settings: Settings,
    database: Database,
    stripe_sandbox: SandboxProcess,
    webhooks: None,
    worker: None,
) -> None:
    """The sandbox's own signed webhook does it: the order's first poll would come after a minute."""
    storefront = await open_storefront(database, settings)
    order = (await storefront.order(api, await storefront.cart(), payment_method="stripe")).json()

    (await stripe_sandbox.confirm(order["payment_reference"])).raise_for_status()

    paid = await _until(api, storefront, order, "confirmed")
    assert (paid["payment_status"], paid["payment"]) == ("paid", None)
    [(event_id, handed_over)] = await eventually(
        lambda: remembered_events(database), lambda events: bool(events and events[0][1])
    )
    assert (event_id[:4], handed_over) == ("evt_", True)


async def _until(
    api: httpx.AsyncClient, storefront: Storefront, order: dict[str, Any], status: str
) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        path = f"{storefront.path}/orders/my-orders/{order['id']}"
        body: dict[str, Any] = (await api.get(path, headers=storefront.headers)).json()
        return body

    return await eventually(look, lambda body: body["status"] == status)


async def test_event_twice_is_signalled_once(
    api: httpx.AsyncClient,
    settings: Settings,
    database: Database,
    temporal_client: Client,
    worker: None,
) -> None:
    storefront = await open_storefront(database, settings)
    order = (await storefront.order(api, await storefront.cart(), payment_method="stripe")).json()
    event = stripe_event(order["payment_reference"], "payment_intent.payment_failed")

    first = await send_event(api, settings, event)
    second = await send_event(api, settings, event)

    assert (first.json(), second.json()) == ({"outcome": "handed_over"}, {"outcome": "known"})
    history = await temporal_client.get_workflow_handle(order["order_number"]).fetch_history()
    signals = [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in history.events
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert signals == ["payment_changed"]


async def test_success_after_the_order_was_given_up_is_taken_up_once(
    api: httpx.AsyncClient, settings: Settings, database: Database, temporal_client: Client
) -> None:
    storefront = await open_storefront(database, settings)
    order = await order_awaiting(
        storefront, "pi_late", order_number="LATE-20261122-00001", status="cancelled", payment_status="voided"
    )

    answers = [
        await send_event(api, settings, stripe_event("pi_late", event_id=f"evt_{n}")) for n in range(2)
    ]

    assert [answer.json() for answer in answers] == [{"outcome": "handed_over"}] * 2
    late = await temporal_client.get_workflow_handle(after_sale_id(order.order_number)).describe()
    assert late.workflow_type == AFTER_SALE_WORKFLOW
    assert await remembered_events(database) == [("evt_0", True), ("evt_1", True)]
    await temporal_client.get_workflow_handle(late.id, run_id=late.run_id).terminate()


@pytest.mark.parametrize("kind", sorted(PAYMENT_TYPES - {"payment_intent.succeeded"}))
async def test_news_of_a_payment_that_is_over_are_dropped(
    api: httpx.AsyncClient, settings: Settings, database: Database, kind: str
) -> None:
    storefront = await open_storefront(database, settings)
    await order_awaiting(storefront, "pi_ended", status="delivered", payment_status="paid")

    answer = await send_event(api, settings, stripe_event("pi_ended", kind))

    assert (answer.status_code, answer.json()) == (200, {"outcome": "ended"})
    assert await remembered_events(database) == [("evt_1", True)]


@pytest.mark.parametrize("kind", sorted(HEARD_AFTER_THE_END))
@pytest.mark.parametrize("status", ["delivered", "cancelled"])
async def test_money_that_moves_after_the_end_reaches_the_follower(
    api: httpx.AsyncClient,
    settings: Settings,
    database: Database,
    temporal_client: Client,
    kind: str,
    status: str,
) -> None:
    storefront = await open_storefront(database, settings)
    number = f"AFTER-20261122-{uuid.uuid4().hex[:12]}"
    paid = "paid" if status == "delivered" else "voided"
    order = await order_awaiting(
        storefront, "pi_ended", order_number=number, status=status, payment_status=paid
    )

    answer = await send_event(api, settings, stripe_event("pi_ended", kind))

    assert (answer.status_code, answer.json()) == (200, {"outcome": "handed_over"})
    follower = temporal_client.get_workflow_handle(after_sale_id(order.order_number))
    assert (await follower.describe()).workflow_type == AFTER_SALE_WORKFLOW
    await follower.terminate()


async def test_unknown_event_is_counted(
    api: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    storefront = await open_storefront(database, settings)
    await order_awaiting(storefront)

    answer = await send_event(api, settings, stripe_event("pi_1", "payment_intent.of_a_new_kind"))

    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    counted = (await api.get("/metrics")).text
    assert 'orion_webhook_events_total{outcome="ignored",type="other"} 1.0' in counted


async def test_payment_that_is_no_longer_the_orders_reaches_nobody(
    client: httpx.AsyncClient, lone_settings: Settings, storefront: Storefront
) -> None:
    order = await order_awaiting(storefront)
    async with storefront.database.platform() as session:
        await session.execute(
            update(Order).where(Order.id == order.id).values(payment_reference="pi_another")
        )

    answer = await send_event(client, lone_settings, stripe_event("pi_1"))

    assert answer.json() == {"outcome": "foreign"}


async def test_sender_that_hangs_up_in_the_middle_is_no_defect_of_ours(
    lone_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[Message] = [
        {"type": "http.request", "body": b'{"id": "evt_', "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Message] = []

    async def receive() -> Message:
        return said.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/webhooks/stripe",
        "raw_path": b"/webhooks/stripe",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    with caplog.at_level(logging.ERROR):
        await create_app(lone_settings)(scope, receive, send)
    assert answered[0]["status"] == 400
    assert caplog.text == ""
