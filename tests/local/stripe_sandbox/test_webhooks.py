"""Webhooks: signed, complete, retried, and going on after the process was killed."""

import json
from pathlib import Path

import httpx
import pytest
import stripe

from local.stripe_sandbox.configuration import Configuration
from local.stripe_sandbox.webhooks import RETRY_SCHEDULE, retry_wait
from tests.local.stripe_sandbox.running import (
    PUBLISHABLE_KEY,
    SECRET_KEY,
    WEBHOOK_SECRET,
    Receiver,
    Sandbox,
    eventually,
    expect_events,
    make_client,
    make_sandbox,
)


async def pay(client: stripe.StripeClient, **params: object) -> stripe.PaymentIntent:
    wanted = {"amount": 1990, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    return await client.v1.payment_intents.create_async({**wanted, **params})  # type: ignore[typeddict-item]  # any


async def test_payment_sends_its_events_signed(client: stripe.StripeClient, receiver: Receiver) -> None:
    paid = await pay(client)
    await expect_events(
        receiver, "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"
    )
    event = next(event for event in receiver.events if event.type == "payment_intent.succeeded")
    assert event.data.object["id"] == paid.id
    assert event.data.object["status"] == "succeeded"
    assert event.request is not None
    assert event.request.idempotency_key is not None
    signature, body = receiver.received[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, WEBHOOK_SECRET)


async def test_endpoint_gets_only_the_events_that_it_asked_for(
    tmp_path: Path, receiver: Receiver, transport: stripe.HTTPClient
) -> None:
    sandbox = make_sandbox(tmp_path, receiver.url, webhook_events=["payment_intent.succeeded"])
    sandbox.start()
    try:
        client = make_client(sandbox.url, transport)
        await pay(client)
        await expect_events(receiver, "payment_intent.succeeded")
        stored = await client.v1.events.list_async()
    finally:
        sandbox.stop()
    assert {event.type for event in stored.data} > {"payment_intent.created", "payment_intent.succeeded"}


async def test_capture_and_refund_send_their_events(client: stripe.StripeClient, receiver: Receiver) -> None:
    held = await pay(client, capture_method="manual")
    await client.v1.payment_intents.capture_async(held.id)
    await client.v1.refunds.create_async({"payment_intent": held.id, "amount": 100})
    await expect_events(
        receiver,
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    )


async def test_decline_and_cancel_send_their_events(client: stripe.StripeClient, receiver: Receiver) -> None:
    with pytest.raises(stripe.CardError) as caught:
        await pay(client, payment_method="pm_card_chargeDeclined")
    assert caught.value.error is not None
    assert caught.value.error.payment_intent is not None
    await client.v1.payment_intents.cancel_async(caught.value.error.payment_intent.id)
    await expect_events(
        receiver,
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
    )


async def test_delivery_is_retried_until_it_is_taken(
    client: stripe.StripeClient, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.status = 500
    await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    await eventually(lambda: len(receiver.received) >= 3)
    [owed] = (await client.v1.events.list_async({"delivery_success": False})).data
    assert owed.pending_webhooks == 1
    receiver.status = 204

    async def delivered() -> bool:
        [delivery] = (await http.get("/_sandbox/deliveries")).json()["deliveries"]
        return bool(delivery["state"] == "delivered")

    await eventually(delivered)
    [delivery] = (await http.get("/_sandbox/deliveries")).json()["deliveries"]
    assert [attempt["status"] for attempt in delivery["log"]] == [500] * (delivery["attempts"] - 1) + [204]
    assert len({event.id for event in receiver.events}) == 1
    assert (await client.v1.events.retrieve_async(owed.id)).pending_webhooks == 0


def test_retries_follow_the_schedule_of_three_days_and_scale_with_the_first_wait() -> None:
    waits = [retry_wait(attempts, 300) for attempts in range(1, len(RETRY_SCHEDULE) + 1)]
    known = [wait for wait in waits if wait is not None]
    assert known == list(RETRY_SCHEDULE) == sorted(RETRY_SCHEDULE)
    assert 2.5 * 86_400 < sum(known) < 3 * 86_400
    assert retry_wait(len(RETRY_SCHEDULE) + 1, 300) is None
    assert [retry_wait(attempts, 1) for attempts in (1, 2, 3)] == [1, 6, 24]


def test_program_retries_as_slowly_as_stripe_unless_told_otherwise(tmp_path: Path) -> None:
    configuration = Configuration(tmp_path / "stripe.sqlite3", SECRET_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET)
    assert configuration.webhook_retry_base == RETRY_SCHEDULE[0]


async def test_undelivered_webhooks_go_on_after_a_kill(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    await receiver.stop()
    intent = await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    sandbox.kill()
    sandbox.start()
    await receiver.start()
    await eventually(lambda: receiver.types == ["payment_intent.created"])
    assert json.loads(receiver.received[0][1])["data"]["object"]["id"] == intent.id


async def test_events_are_listed_by_type(client: stripe.StripeClient) -> None:
    paid = await pay(client)
    [succeeded] = (await client.v1.events.list_async({"type": "payment_intent.succeeded"})).data
    assert succeeded.data.object["id"] == paid.id
    charges = (await client.v1.events.list_async({"types": ["charge.*", "payment_intent.created"]})).data
    assert {"charge.succeeded", "payment_intent.created"} <= {event.type for event in charges}
    assert "payment_intent.succeeded" not in {event.type for event in charges}
