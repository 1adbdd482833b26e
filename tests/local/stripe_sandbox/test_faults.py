"""Faults: the effect and the answer come apart on purpose."""

import time
from pathlib import Path

import httpx
import pytest
import stripe

from tests.fixtures.ports import NO_TLS
from tests.local.stripe_sandbox.running import Receiver, Sandbox, eventually, make_sandbox

ORDER = {"amount": "1990", "currency": "eur"}
KEY = {"Idempotency-Key": "a"}


async def count(client: stripe.StripeClient) -> int:
    return len((await client.v1.payment_intents.list_async({"limit": 100})).data)


async def arm(http: httpx.AsyncClient, **fault: object) -> None:
    (await http.post("/_sandbox/faults", json={"method": "POST", "times": 1, **fault})).raise_for_status()


async def test_lost_answer_has_its_effect(http: httpx.AsyncClient, client: stripe.StripeClient) -> None:
    await arm(http, kind="lost_answer", path="/v1/payment_intents")
    with pytest.raises(stripe.APIConnectionError):
        await client.v1.payment_intents.create_async(
            {"amount": 1990, "currency": "eur"}, {"idempotency_key": "a"}
        )
    assert await count(client) == 1
    again = await client.v1.payment_intents.create_async(
        {"amount": 1990, "currency": "eur"}, {"idempotency_key": "a"}
    )
    assert await count(client) == 1
    assert again.status == "requires_payment_method"


async def test_lost_answer_sends_no_byte(http: httpx.AsyncClient) -> None:
    await arm(http, kind="lost_answer")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await http.post("/v1/payment_intents", data=ORDER)


async def test_error_500_has_no_effect_and_leaves_the_key_free(
    http: httpx.AsyncClient, client: stripe.StripeClient
) -> None:
    await arm(http, kind="error_500", path="/v1/payment_intents")
    failed = await http.post("/v1/payment_intents", data=ORDER, headers=KEY)
    assert (failed.status_code, failed.json()["error"]["type"]) == (500, "api_error")
    assert await count(client) == 0
    assert (await http.post("/v1/payment_intents", data=ORDER, headers=KEY)).status_code == 200


@pytest.mark.parametrize(("replay", "status"), [("error", 500), ("answer", 200)])
async def test_error_500_after_the_effect_replays_as_asked(
    http: httpx.AsyncClient, client: stripe.StripeClient, replay: str, status: int
) -> None:
    await arm(http, kind="error_500_after_effect", replay=replay)
    assert (await http.post("/v1/payment_intents", data=ORDER, headers=KEY)).status_code == 500
    assert await count(client) == 1
    assert (await http.post("/v1/payment_intents", data=ORDER, headers=KEY)).status_code == status
    assert await count(client) == 1


async def test_rate_limit_says_when_to_come_back(
    http: httpx.AsyncClient, client: stripe.StripeClient
) -> None:
    await arm(http, kind="rate_limit_429", seconds=3)
    answer = await http.post("/v1/payment_intents", data=ORDER, headers=KEY)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    await arm(http, kind="rate_limit_429")
    with pytest.raises(stripe.RateLimitError):
        await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})


async def test_slow_answer_comes_late(http: httpx.AsyncClient) -> None:
    await arm(http, kind="slow", seconds=0.15)
    before = time.monotonic()
    assert (await http.post("/v1/payment_intents", data=ORDER)).status_code == 200
    assert time.monotonic() - before >= 0.15


async def test_faults_are_listed_and_cleared(http: httpx.AsyncClient) -> None:
    await arm(http, kind="error_500", path="/v1/refunds", times=5)
    [fault] = (await http.get("/_sandbox/faults")).json()["faults"]
    assert (fault["kind"], fault["path"], fault["fired"]) == ("error_500", "/v1/refunds", 0)
    assert (await http.delete("/_sandbox/faults")).json() == {"faults": []}
    refused = await http.post("/_sandbox/faults", json={"kind": "earthquake"})
    assert refused.status_code == 400


async def webhook_fault(http: httpx.AsyncClient, **fault: object) -> None:
    (await http.post("/_sandbox/webhook-faults", json=fault)).raise_for_status()


async def test_lost_webhook_never_arrives(
    http: httpx.AsyncClient, client: stripe.StripeClient, receiver: Receiver
) -> None:
    await webhook_fault(http, kind="lost", type="payment_intent.created", times=1)
    await client.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    second = await client.v1.payment_intents.create_async({"amount": 200, "currency": "eur"})
    await eventually(lambda: receiver.received)
    assert [event.data.object["id"] for event in receiver.events] == [second.id]
    states = [entry["state"] for entry in (await http.get("/_sandbox/deliveries")).json()["deliveries"]]
    assert states[-1] == "lost"


async def test_doubled_webhook_arrives_twice(
    http: httpx.AsyncClient, client: stripe.StripeClient, receiver: Receiver
) -> None:
    await webhook_fault(http, kind="doubled", times=1)
    await client.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    await eventually(lambda: len(receiver.received) == 2)
    assert len({event.id for event in receiver.events}) == 1


async def test_delayed_webhook_arrives_late(
    http: httpx.AsyncClient, client: stripe.StripeClient, receiver: Receiver
) -> None:
    await webhook_fault(http, kind="delayed", seconds=0.2)
    before = time.monotonic()
    await client.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    await eventually(lambda: receiver.received)
    assert time.monotonic() - before >= 0.2


async def test_reordered_webhooks_arrive_out_of_order(
    http: httpx.AsyncClient, client: stripe.StripeClient, receiver: Receiver
) -> None:
    await webhook_fault(http, kind="reordered", type="payment_intent.*", seconds=0.5)
    intent = await client.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    await client.v1.payment_intents.cancel_async(intent.id)
    await eventually(lambda: len(receiver.received) == 2)
    assert receiver.types == ["payment_intent.canceled", "payment_intent.created"]


async def hits(http: httpx.AsyncClient, fault: dict[str, object], calls: int = 24) -> list[bool]:
    """Which of so many calls the fault hits, from its first on."""
    await http.delete("/_sandbox/faults")
    (await http.post("/_sandbox/faults", json=fault)).raise_for_status()
    return [(await http.get("/v1/charges")).status_code != 200 for _ in range(calls)]


@pytest.mark.parametrize("kind", ["error_500", "rate_limit_429"])
async def test_seed_repeats_which_calls_are_hit(http: httpx.AsyncClient, kind: str) -> None:
    fault = {"kind": kind, "path": "/v1/charges", "probability": 0.5, "seed": 1}
    first = await hits(http, fault)
    assert 4 < sum(first) < 20
    assert await hits(http, fault) == first
    assert await hits(http, {**fault, "seed": 2}) != first


async def test_faults_go_on_where_they_were_after_a_kill(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    fault = {"kind": "error_500", "path": "/v1/charges", "probability": 0.5, "seed": 1}
    whole = await hits(http, fault)
    begun = await hits(http, fault, 12)
    sandbox.kill()
    sandbox.start()
    rest = [(await http.get("/v1/charges")).status_code != 200 for _ in range(12)]
    assert begun + rest == whole
    [listed] = (await http.get("/_sandbox/faults")).json()["faults"]
    assert (listed["matched"], listed["fired"]) == (24, sum(whole))


async def test_fault_without_a_seed_tells_the_one_it_took(http: httpx.AsyncClient) -> None:
    fault: dict[str, object] = {"kind": "error_500", "path": "/v1/charges", "probability": 0.5}
    first = await hits(http, fault)
    [listed] = (await http.get("/_sandbox/faults")).json()["faults"]
    assert await hits(http, {**fault, "seed": listed["seed"]}) == first


async def test_seed_of_the_sandbox_is_the_seed_of_its_faults(tmp_path: Path) -> None:
    sandbox = make_sandbox(tmp_path, "http://127.0.0.1:9/webhooks/stripe", seed=7)
    sandbox.start()
    async with httpx.AsyncClient(base_url=sandbox.url, trust_env=False, verify=NO_TLS) as http:
        for path in ("faults", "webhook-faults"):
            fault = {"kind": "slow" if path == "faults" else "lost", "probability": 0.5}
            [listed] = (await http.post(f"/_sandbox/{path}", json=fault)).json()["faults"]
            assert listed["seed"] == 7
    sandbox.stop()


async def test_several_webhook_faults_share_the_events_out(
    http: httpx.AsyncClient, client: stripe.StripeClient, receiver: Receiver
) -> None:
    for kind in ("lost", "doubled"):
        await webhook_fault(http, kind=kind, probability=0.4, seed=3)
    for _ in range(30):
        await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    faults = (await http.get("/_sandbox/webhook-faults")).json()["faults"]
    lost, doubled = (fault["fired"] for fault in faults)
    assert min(lost, doubled) > 3
    assert faults[1]["matched"] == 30 - lost
    await eventually(lambda: len(receiver.received) == 30 - lost + doubled)
    assert len({event.id for event in receiver.events}) == 30 - lost
