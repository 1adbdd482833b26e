"""Stripe's webhook: what is believed."""

import json
import time

import httpx
import pytest
from stripe import WebhookSignature

from settings import Settings
from tests.api.storefront import Storefront, code
from tests.api.stripe_events import PATH, order_awaiting, remembered_events, send_event, stripe_event

GOOD = json.dumps(stripe_event("pi_1")).encode()
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
    await order_awaiting(storefront)
    raw = signature.encode() if isinstance(signature, str) else signature
    headers = [] if raw is None else [(b"Stripe-Signature", raw)]

    answer = await client.post(PATH, content=GOOD, headers=headers)

    assert (answer.status_code, code(answer)) == (400, "signature_invalid"), answer.text
    assert await remembered_events(storefront.database) == []


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
    answer = await send_event(client, lone_settings, body)

    assert (answer.status_code, code(answer)) == (400, "event_malformed"), answer.text
