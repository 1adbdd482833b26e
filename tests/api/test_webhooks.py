"""Stripe's webhook: what is believed, what is handed over, and to whom."""

import json
import time
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from stripe import WebhookSignature
from temporalio.client import Client

from db.session import Database
from db.tables import Order, Payment, StripeEvent
from settings import Settings
from tests.api.backoffice import create_order
from tests.api.storefront import Storefront, code, open_storefront
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually

PATH = "/webhooks/stripe"


def _event(reference: str, kind: str = "payment_intent.succeeded", event_id: str = "evt_1") -> dict[str, Any]:
    subject = {"id": reference} if kind.startswith("payment_intent.") else {"payment_intent": reference}
    return {"id": event_id, "object": "event", "type": kind, "data": {"object": subject}}


async def _send(
    client: httpx.AsyncClient, settings: Settings, body: bytes | dict[str, Any], *, age: int = 0
) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = WebhookSignature.generate_signature_header(
        raw.decode(), settings.stripe_webhook_secret.get_secret_value(), int(time.time()) - age
    )
    return await client.post(PATH, content=raw, headers={"Stripe-Signature": signature})


async def _paid_order(
    storefront: Storefront,
    reference: str = "pi_1",
    *,
    status: str = "pending",
    payment_status: str = "pending",
    order_number: str | None = None,
) -> Order:
    """A stored order with its PaymentIntent, that no workflow stands behind."""
    order = await create_order(
        storefront.database,
        storefront.customer,
        storefront.mug,
        status=status,
        payment_status=payment_status,
        payment_reference=reference,
        order_number=order_number,
    )
    async with storefront.database.platform() as session:
        session.add(
            Payment(
                vendor_id=order.vendor_id,
                order_id=order.id,
                provider="stripe",
                provider_reference=reference,
                amount=order.total_amount,
                currency=order.currency,
                status="requires_payment_method",
            )
        )
    return order


async def _remembered(database: Database) -> list[tuple[str, bool]]:
    """Events that were kept, and whether they were handed over."""
    async with database.platform() as session:
        rows = await session.scalars(select(StripeEvent).order_by(StripeEvent.event_id))
        return [(row.event_id, row.handed_over_at is not None) for row in rows]


GOOD = json.dumps(_event("pi_1")).encode()
NOW = int(time.time())


def _signed(payload: bytes, *, timestamp: int | None = None, key: str = "whsec_orion") -> str:
    return str(WebhookSignature.generate_signature_header(payload.decode(), key, timestamp))


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "v1=abc",
        "t=,v1=",
        "t=x,v1=abc",
        f"t={NOW}",
        f"t={NOW},v1=" + "0" * 64,
        f"t={NOW},v0=" + "0" * 64,
        "t=" + "9" * 5000 + ",v1=abc",
        _signed(GOOD, key="whsec_other"),
        _signed(GOOD + b" "),
        _signed(GOOD, timestamp=NOW - 3600),
        b"t=1,v1=\xe9",
    ],
    ids=lambda signature: str(signature)[:40],
)
async def test_unsigned_wrongly_signed_and_stale_events_are_refused(
    client: httpx.AsyncClient, storefront: Storefront, signature: str | bytes | None
) -> None:
    await _paid_order(storefront)
    raw = signature.encode() if isinstance(signature, str) else signature
    headers = [] if raw is None else [(b"Stripe-Signature", raw)]

    answer = await client.post(PATH, content=GOOD, headers=headers)

    assert (answer.status_code, code(answer)) == (400, "signature_invalid"), answer.text
    assert await _remembered(storefront.database) == []


async def test_body_that_is_no_text_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, content=b"\xff\xfe", headers={"Stripe-Signature": "t=1,v1=abc"})

    assert (answer.status_code, code(answer)) == (400, "signature_invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"id": "evt_1", "type": "payment_intent.succeeded"}',
        b'{"id": NaN, "type": "x", "data": {"object": {}}}',
        b'{"id": "evt\\u0000", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}}',
        b"[" * 100_000,
    ],
    ids=lambda body: str(body[:40]),
)
async def test_signed_rubbish_is_refused(
    client: httpx.AsyncClient, lone_settings: Settings, body: bytes
) -> None:
    answer = await _send(client, lone_settings, body)

    assert (answer.status_code, code(answer)) == (400, "event_malformed"), answer.text


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (_event("pi_of_somebody_else"), "foreign"),
        (_event("pi_1", "payment_intent.created"), "ignored"),
        (_event("pi_1", "charge.succeeded"), "ignored"),
        (_event("pi_1", "invoice.paid"), "ignored"),
        (_event("pi\x00", "payment_intent.succeeded"), "ignored"),
        ({**_event("pi_1", "refund.updated"), "data": {"object": {"payment_intent": None}}}, "ignored"),
        ({**_event("pi_1", "refund.updated"), "data": {"object": {}}}, "ignored"),
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
    await _paid_order(storefront)

    answer = await _send(client, lone_settings, event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": outcome})
    assert await _remembered(storefront.database) == []


async def test_event_that_only_names_an_order_reaches_nobody(
    client: httpx.AsyncClient, lone_settings: Settings, storefront: Storefront
) -> None:
    order = await _paid_order(storefront)
    event = _event("pi_forged")
    event["data"]["object"]["metadata"] = {
        "order_number": order.order_number,
        "vendor_id": str(order.vendor_id),
    }

    answer = await _send(client, lone_settings, event)

    assert answer.json() == {"outcome": "foreign"}


async def test_event_is_asked_for_again_while_temporal_is_away(
    client: httpx.AsyncClient, lone_settings: Settings, storefront: Storefront
) -> None:
    await _paid_order(storefront)

    for _ in range(2):
        answer = await _send(client, lone_settings, _event("pi_1"))
        assert (answer.status_code, code(answer)) == (503, "engine_unavailable")
        assert answer.headers["Retry-After"]

    assert await _remembered(storefront.database) == [("evt_1", False)]


async def test_event_that_was_handed_over_is_known(
    client: httpx.AsyncClient, lone_settings: Settings, storefront: Storefront
) -> None:
    order = await _paid_order(storefront)
    async with storefront.database.platform() as session:
        session.add(
            StripeEvent(
                event_id="evt_1",
                type="payment_intent.succeeded",
                order_number=order.order_number,
                handed_over_at=order.created_at,
            )
        )

    answer = await _send(client, lone_settings, _event("pi_1"))

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
        lambda: _remembered(database), lambda events: bool(events and events[0][1])
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
    event = _event(order["payment_reference"], "payment_intent.payment_failed")

    first = await _send(api, settings, event)
    second = await _send(api, settings, event)

    assert (first.json(), second.json()) == ({"outcome": "handed_over"}, {"outcome": "known"})
    history = await temporal_client.get_workflow_handle(order["order_number"]).fetch_history()
    signals = [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in history.events
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert signals == ["payment_changed"]


async def test_success_after_the_order_was_given_up_starts_one_late_payment(
    api: httpx.AsyncClient, settings: Settings, database: Database, temporal_client: Client
) -> None:
    storefront = await open_storefront(database, settings)
    order = await _paid_order(
        storefront, "pi_late", order_number="LATE-20261122-00001", status="cancelled", payment_status="voided"
    )

    answers = [await _send(api, settings, _event("pi_late", event_id=f"evt_{n}")) for n in range(2)]

    assert [answer.json() for answer in answers] == [{"outcome": "handed_over"}] * 2
    late = await temporal_client.get_workflow_handle(f"{order.order_number}-late-payment").describe()
    assert late.workflow_type == "LatePaymentWorkflow"
    assert await _remembered(database) == [("evt_0", True), ("evt_1", True)]
    await temporal_client.get_workflow_handle(late.id, run_id=late.run_id).terminate()


async def test_news_for_an_order_that_has_ended_are_dropped(
    api: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    storefront = await open_storefront(database, settings)
    await _paid_order(storefront, "pi_ended", status="delivered", payment_status="paid")

    answer = await _send(api, settings, _event("pi_ended", "refund.updated"))

    assert answer.json() == {"outcome": "ended"}
    assert await _remembered(database) == [("evt_1", True)]


async def test_payment_that_is_no_longer_the_orders_reaches_nobody(
    client: httpx.AsyncClient, lone_settings: Settings, storefront: Storefront
) -> None:
    order = await _paid_order(storefront)
    async with storefront.database.platform() as session:
        await session.execute(
            update(Order).where(Order.id == order.id).values(payment_reference="pi_another")
        )

    answer = await _send(client, lone_settings, _event("pi_1"))

    assert answer.json() == {"outcome": "foreign"}
