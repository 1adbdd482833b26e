"""The shop's account at Stripe, looked at from outside Orion."""

import json
import time
from typing import Any

import httpx

from local.stripe_sandbox.webhooks import signature
from tests.fixtures.ports import NO_TLS
from tests.fixtures.sandboxes import SandboxProcess

JSON = dict[str, Any]


async def listed(sandbox: SandboxProcess, kind: str, **filters: str) -> list[JSON]:
    """All objects of a kind, such as `payment_intents` or `refunds`."""
    found: list[JSON] = []
    headers = {"Authorization": f"Bearer {sandbox.secret_key}"}
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=10, trust_env=False, verify=NO_TLS) as client:
        more = True
        while more:
            after = {"starting_after": found[-1]["id"]} if found else {}
            answer = await client.get(
                f"/v1/{kind}", params={"limit": "100", **filters, **after}, headers=headers
            )
            answer.raise_for_status()
            page = answer.json()
            found += page["data"]
            more = page["has_more"]
    return found


async def intents_of(sandbox: SandboxProcess, order_number: str) -> list[JSON]:
    """The PaymentIntents that were made for an order."""
    intents = await listed(sandbox, "payment_intents")
    return [intent for intent in intents if intent["metadata"].get("order_number") == order_number]


async def deliveries(sandbox: SandboxProcess, **filters: str) -> list[JSON]:
    """Webhook deliveries with their attempts, newest first."""
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=10, trust_env=False, verify=NO_TLS) as client:
        answer = await client.get("/_sandbox/deliveries", params={"limit": "1000", **filters})
        found: list[JSON] = answer.json()["deliveries"]
    return found


async def events(sandbox: SandboxProcess, event_type: str, reference: str) -> list[JSON]:
    """The events of one type about one PaymentIntent."""
    found = await listed(sandbox, "events", type=event_type)
    return [event for event in found if event["data"]["object"]["id"] == reference]


async def deliver(http: httpx.AsyncClient, sandbox: SandboxProcess, event: JSON) -> httpx.Response:
    """Send an event to the API's webhook endpoint, signed as Stripe signs it."""
    payload = json.dumps(event)
    headers = {
        "Content-Type": "application/json",
        "Stripe-Signature": signature(payload, sandbox.webhook_secret, int(time.time())),
    }
    return await http.post("/webhooks/stripe", content=payload, headers=headers)
