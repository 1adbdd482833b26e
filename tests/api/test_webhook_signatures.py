"""Stripe's webhook: what is believed."""

import json
import time
from collections.abc import Callable

import httpx
import pytest
from stripe import WebhookSignature

from settings import Settings
from tests.api.storefront import Storefront, code
from tests.api.stripe_events import PATH, order_awaiting, remembered_events, send_event, stripe_event

GOOD = json.dumps(stripe_event("pi_1")).encode()


def _signed(payload: bytes, *, age: int = 0, key: str = "whsec_orion") -> str:
    return str(WebhookSignature.generate_signature_header(payload.decode(), key, int(time.time()) - age))


# Made when the test runs, so that only the one that means to be is stale, however long ago collection was.
_SIGNATURES: dict[str, Callable[[], str | bytes | None]] = {
    "none": lambda: None,
    "empty": lambda: "",
    "no time": lambda: "v1=abc",
    "empty fields": lambda: "t=,v1=",
    "time is no number": lambda: "t=x,v1=abc",
    "time alone": lambda: f"t={int(time.time())}",
    "zeros": lambda: f"t={int(time.time())},v1=" + "0" * 64,
    "other scheme": lambda: f"t={int(time.time())},v0=" + "0" * 64,
    "long time": lambda: "t=" + "9" * 5000 + ",v1=abc",
    "other key": lambda: _signed(GOOD, key="whsec_other"),
    "other body": lambda: _signed(GOOD + b" "),
    "stale": lambda: _signed(GOOD, age=3600),
    "not ASCII": lambda: b"t=1,v1=\xe9",
}


@pytest.mark.parametrize("sign", _SIGNATURES.values(), ids=_SIGNATURES.keys())
async def test_unsigned_wrongly_signed_and_stale_events_are_refused(
    client: httpx.AsyncClient, storefront: Storefront, sign: Callable[[], str | bytes | None]
) -> None:
    await order_awaiting(storefront)
    signature = sign()
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
