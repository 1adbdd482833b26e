"""Idempotency keys: replay, mismatch, errors, requests at the same moment."""

import asyncio
from typing import Any

import httpx
import pytest
import stripe

from tests.local.stripe_sandbox.running import Sandbox, eventually

ORDER = {"amount": "1990", "currency": "eur"}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def intents(client: stripe.StripeClient) -> list[stripe.PaymentIntent]:
    return (await client.v1.payment_intents.list_async({"limit": 100})).data


async def test_same_key_replays_the_first_answer(
    http: httpx.AsyncClient, client: stripe.StripeClient
) -> None:
    first = await http.post("/v1/payment_intents", data=ORDER, headers=keyed("a"))
    again = await http.post("/v1/payment_intents", data=ORDER, headers=keyed("a"))
    assert first.status_code == again.status_code == 200
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"] != again.headers["request-id"]
    assert len(await intents(client)) == 1


async def test_official_client_gets_the_same_object_twice(client: stripe.StripeClient) -> None:
    made = [
        await client.v1.payment_intents.create_async(
            {"amount": 1990, "currency": "eur"}, {"idempotency_key": "a"}
        )
        for _ in range(2)
    ]
    assert made[0].id == made[1].id


async def test_same_key_with_other_parameters_is_refused(client: stripe.StripeClient) -> None:
    await client.v1.payment_intents.create_async(
        {"amount": 1990, "currency": "eur"}, {"idempotency_key": "a"}
    )
    with pytest.raises(stripe.IdempotencyError) as caught:
        await client.v1.payment_intents.create_async(
            {"amount": 1991, "currency": "eur"}, {"idempotency_key": "a"}
        )
    assert caught.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.refunds.create_async({"payment_intent": "pi_x"}, {"idempotency_key": "a"})


async def test_decline_is_replayed_without_a_second_attempt(
    http: httpx.AsyncClient, client: stripe.StripeClient
) -> None:
    intent = await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    path, data = f"/v1/payment_intents/{intent.id}/confirm", {"payment_method": "pm_card_chargeDeclined"}
    first = await http.post(path, data=data, headers=keyed("a"))
    again = await http.post(path, data=data, headers=keyed("a"))
    assert (first.status_code, again.status_code) == (402, 402)
    assert again.json() == first.json()
    assert len((await client.v1.charges.list_async({"payment_intent": intent.id})).data) == 1


async def test_refused_parameters_leave_the_key_free(http: httpx.AsyncClient) -> None:
    refused = await http.post("/v1/payment_intents", data={**ORDER, "colour": "red"}, headers=keyed("a"))
    accepted = await http.post("/v1/payment_intents", data=ORDER, headers=keyed("a"))
    assert (refused.status_code, accepted.status_code) == (400, 200)


async def test_refusal_of_a_begun_request_keeps_the_key_and_changes_nothing(
    http: httpx.AsyncClient, client: stripe.StripeClient
) -> None:
    data = {**ORDER, "confirm": "true"}
    first = await http.post("/v1/payment_intents", data=data, headers=keyed("a"))
    again = await http.post("/v1/payment_intents", data=data, headers=keyed("a"))
    assert (first.status_code, again.headers.get("idempotent-replayed")) == (400, "true")
    assert await intents(client) == []


async def test_too_long_key_is_refused(http: httpx.AsyncClient) -> None:
    accepted = await http.post("/v1/payment_intents", data=ORDER, headers=keyed("k" * 255))
    refused = await http.post("/v1/payment_intents", data=ORDER, headers=keyed("k" * 256))
    assert (accepted.status_code, refused.status_code) == (200, 400)


async def test_parallel_requests_with_one_key_make_one_payment(
    http: httpx.AsyncClient, client: stripe.StripeClient
) -> None:
    answers = await asyncio.gather(
        *[http.post("/v1/payment_intents", data=ORDER, headers=keyed("a")) for _ in range(12)]
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 200}) == 1
    assert len(await intents(client)) == 1


async def test_retry_while_the_first_still_runs_is_a_conflict(http: httpx.AsyncClient) -> None:
    await http.post("/_sandbox/faults", json={"kind": "slow", "seconds": 0.4, "times": 1})
    first = asyncio.create_task(http.post("/v1/payment_intents", data=ORDER, headers=keyed("a")))

    async def fired() -> bool:
        return bool((await http.get("/_sandbox/faults")).json()["faults"][0]["fired"])

    await eventually(fired)
    conflict = await http.post("/v1/payment_intents", data=ORDER, headers=keyed("a"))
    assert conflict.status_code == 409
    assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
    assert (await first).status_code == 200


async def test_key_survives_a_killed_process(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    first = await http.post("/v1/payment_intents", data=ORDER, headers=keyed("a"))
    sandbox.kill()
    sandbox.start()
    body: dict[str, Any] = (await http.post("/v1/payment_intents", data=ORDER, headers=keyed("a"))).json()
    assert body == first.json()
