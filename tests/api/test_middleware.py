"""Around every request: ids, log lines, limits and headers."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog
from fastapi import FastAPI
from structlog.testing import capture_logs

from api import middleware, problems
from api.middleware import MAX_BODY_BYTES
from db.session import Database
from settings import Settings
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code
from tests.builders import create_vendor_user

LOGIN = "/api/v1/vendor/login"


async def test_request_id_is_echoed_when_sane(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers={"X-Request-Id": "trace-0123.abc"})

    assert answer.headers["X-Request-Id"] == "trace-0123.abc"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f", "ab\tcdefgh", '{"a":"bcdef"}'])
async def test_request_id_is_made_when_the_given_one_is_not_sane(
    client: httpx.AsyncClient, given: str
) -> None:
    answers = [await client.get("/healthz", headers={"X-Request-Id": given}) for _ in range(2)]

    ids = {answer.headers["X-Request-Id"] for answer in answers}
    assert given not in ids
    assert len(ids) == 2


async def test_one_line_a_request_names_the_route_and_no_person(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    session_id = (await storefront.cart()).session_id
    with capture_logs() as lines:
        await client.get(
            f"{storefront.path}/cart/{session_id}?email=jane@example.com", headers=storefront.headers
        )

    [line] = lines
    assert line["route"] == "/api/v1/public/vendors/{vendor_id}/cart/{session_id}"
    assert (line["method"], line["status"], line["event"]) == ("GET", 200, "request")
    assert line["milliseconds"] >= 0
    assert session_id not in str(line)
    assert "jane" not in str(line)


async def test_context_of_a_request_ends_with_it(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    user = await create_vendor_user(database, storefront.vendor)
    structlog.contextvars.bind_contextvars(process="test")
    seen: list[dict[str, object]] = []

    def remember(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        seen.append({**structlog.contextvars.get_contextvars(), **event})
        raise structlog.DropEvent

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[remember])
    try:
        await client.put(
            f"/api/v1/vendor/orders/{order.id}/status",
            json={"status": "confirmed"},
            headers=vendor_headers(storefront.settings, user),
        )
        after = structlog.contextvars.get_contextvars()
    finally:
        structlog.configure(processors=before)
        structlog.contextvars.clear_contextvars()

    [line] = seen
    assert (line["order_number"], line["process"]) == (order.order_number, "test")
    assert line["request_id"]
    assert after == {"process": "test"}


async def test_body_above_the_limit_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000
            await asyncio.sleep(0)

    announced = await client.post(LOGIN, content=b"x" * (MAX_BODY_BYTES + 1))
    streamed = await client.post(LOGIN, content=endless(), headers={"Content-Type": "application/json"})
    webhook = await client.post("/webhooks/stripe", content=endless())
    lying = await client.post(LOGIN, content=b"{}", headers={"Content-Length": "9" * 400})
    largest = await client.post(LOGIN, content=b" " * MAX_BODY_BYTES)

    for answer in (announced, streamed, webhook, lying):
        assert (answer.status_code, code(answer)) == (413, "request_entity_too_large")
        assert answer.headers["X-Request-Id"]
    assert largest.status_code == 422


async def test_answers_are_protected(client: httpx.AsyncClient, storefront: Storefront) -> None:
    for path, headers in [
        (f"{storefront.path}/orders/my-orders", storefront.headers),
        ("/api/v1/vendor/orders", {}),
        ("/healthz", {}),
        ("/nothing/here", {}),
    ]:
        answer = await client.get(path, headers=headers)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert (answer.headers.get("Cache-Control") == "no-store") == path.startswith("/api/")


async def test_defect_is_a_problem_with_an_id_and_without_a_trace(
    lone_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = FastAPI()
    problems.install(app)
    middleware.install(app)

    @app.get("/defect")
    async def defect() -> None:
        raise KeyError("secret detail")

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        with caplog.at_level(logging.ERROR):
            answer = await client.get("/defect", headers={"X-Request-Id": "trace-0123"})

    assert (answer.status_code, code(answer)) == (500, "internal_error")
    assert answer.headers["X-Request-Id"] == "trace-0123"
    assert "secret" not in answer.text
    assert "KeyError" in caplog.text
