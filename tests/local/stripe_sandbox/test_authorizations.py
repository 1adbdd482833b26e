"""Authorised now, captured later: in full, in part, never, or too late."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import stripe

from tests.local.stripe_sandbox.running import (
    Receiver,
    Sandbox,
    eventually,
    expect_events,
    make_client,
    make_sandbox,
)

HELD_EVENTS = (
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.amount_capturable_updated",
)


async def hold(client: stripe.StripeClient) -> stripe.PaymentIntent:
    return await client.v1.payment_intents.create_async(
        {
            "amount": 1990,
            "currency": "eur",
            "capture_method": "manual",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "expand": ["latest_charge"],
        }
    )


def capture_before(intent: stripe.PaymentIntent) -> int | None:
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert intent.latest_charge.payment_method_details is not None
    assert intent.latest_charge.payment_method_details.card is not None
    return getattr(intent.latest_charge.payment_method_details.card, "capture_before", None)


@pytest.fixture
async def hurried(
    tmp_path: Path, receiver: Receiver, transport: stripe.HTTPXClient
) -> AsyncIterator[tuple[Sandbox, stripe.StripeClient]]:
    """A sandbox where banks let go of authorised amounts after a second."""
    receiver.received.clear()
    sandbox = make_sandbox(tmp_path, receiver.url, authorization_window=1)
    sandbox.start()
    yield sandbox, make_client(sandbox.url, transport)
    sandbox.stop()


async def test_partial_capture_gives_the_rest_back(client: stripe.StripeClient, receiver: Receiver) -> None:
    held = await hold(client)
    limit = capture_before(held)
    assert limit is not None
    assert limit > time.time() + 6 * 86_400
    taken = await client.v1.payment_intents.capture_async(
        held.id, {"amount_to_capture": 1500, "expand": ["latest_charge.refunds"]}
    )
    charge = taken.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert charge.refunds is not None
    [released] = charge.refunds.data
    assert (released.amount, released.status, released.balance_transaction) == (490, "succeeded", None)
    assert (charge.amount_captured, charge.refunded, capture_before(taken)) == (1500, False, None)
    await expect_events(
        receiver,
        *HELD_EVENTS,
        "refund.created",
        "charge.refunded",
        "charge.captured",
        "payment_intent.succeeded",
    )
    refund = await client.v1.refunds.create_async({"payment_intent": held.id})
    assert refund.amount == 1500


async def test_expired_authorisation_cancels_the_payment(
    client: stripe.StripeClient, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    held = await hold(client)
    answer = await http.post(f"/_sandbox/payment_intents/{held.id}/expire")
    assert (answer.json()["status"], answer.json()["cancellation_reason"]) == ("canceled", "automatic")
    await expect_events(receiver, *HELD_EVENTS, "charge.expired", "payment_intent.canceled")
    [refund] = (await client.v1.refunds.list_async({"payment_intent": held.id})).data
    charge = await client.v1.charges.retrieve_async(str(refund.charge))
    assert (refund.reason, refund.amount) == ("expired_uncaptured_charge", 1990)
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, True, 1990)
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        await client.v1.payment_intents.capture_async(held.id)
    again = await http.post(f"/_sandbox/payment_intents/{held.id}/expire")
    assert again.status_code == 400


async def test_authorisation_runs_out_by_itself(
    hurried: tuple[Sandbox, stripe.StripeClient], receiver: Receiver
) -> None:
    _, client = hurried
    kept, lost = await hold(client), await hold(client)
    await client.v1.payment_intents.capture_async(kept.id)
    await eventually(lambda: "payment_intent.canceled" in receiver.types)
    assert (await client.v1.payment_intents.retrieve_async(lost.id)).status == "canceled"
    assert (await client.v1.payment_intents.retrieve_async(kept.id)).status == "succeeded"
    assert receiver.types.count("charge.expired") == 1


async def test_authorisation_runs_out_while_the_process_is_dead(
    hurried: tuple[Sandbox, stripe.StripeClient], receiver: Receiver
) -> None:
    sandbox, client = hurried
    held = await hold(client)
    sandbox.kill()
    limit = capture_before(held)
    assert limit is not None
    await eventually(lambda: time.time() > limit)
    sandbox.start()
    await eventually(lambda: "charge.expired" in receiver.types)
    assert (await client.v1.payment_intents.retrieve_async(held.id)).status == "canceled"
