"""Alive, ready, and what was measured."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from db.session import Database
from settings import Settings
from tests.api.storefront import Storefront, code
from tests.fixtures.postgres import PostgresUrls


async def _sample(client: httpx.AsyncClient, name: str, **labels: str) -> float:
    """A metric's value, nought for one that was never touched."""
    text = (await client.get("/metrics")).text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(
        sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items()
    )


async def test_process_is_alive_and_ready(api: httpx.AsyncClient) -> None:
    assert (await api.get("/healthz")).json() == {"status": "ok"}
    ready = await api.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})


async def test_readiness_names_what_is_missing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")

    assert (answer.status_code, code(answer)) == (503, "not_ready")
    assert answer.json()["missing"] == ["temporal"]
    assert answer.headers["Retry-After"] == "2"


@pytest_asyncio.fixture
async def silent_port() -> AsyncIterator[int]:
    """A port that takes connections and never says a word."""
    waiting: list[asyncio.StreamWriter] = []

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting.append(writer)

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in waiting:
        writer.close()
    await server.wait_closed()


async def test_readiness_waits_no_longer_than_its_patience(silent_port: int) -> None:
    settings = Settings(
        _env_file=None,
        database_url=f"postgresql+asyncpg://orion@127.0.0.1:{silent_port}/orion",
        temporal_address=f"127.0.0.1:{silent_port}",
    )
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        started = time.monotonic()
        answer = await client.get("/readyz")

    assert answer.json()["missing"] == ["database", "temporal"]
    assert time.monotonic() - started < 4


async def test_requests_are_measured_by_route_and_not_by_path(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    for product in (storefront.mug, storefront.pot):
        await client.get(f"{storefront.path}/products/{product.id}")
    await client.get(f"{storefront.path}/products/{2**60}")
    await client.get("/nothing/here?password=hunter2")
    await client.request("BREW", "/healthz")

    route = "/api/v1/public/vendors/{vendor_id}/products/{product_id}"
    name = "orion_http_request_duration_seconds_count"
    assert await _sample(client, name, method="GET", route=route, status="2xx") == 2
    assert await _sample(client, name, method="GET", route=route, status="4xx") == 1
    assert await _sample(client, name, route="unmatched", status="4xx") == 1
    assert await _sample(client, name, method="other") == 1
    assert await _sample(client, "orion_http_requests_in_flight") == 1
    text = (await client.get("/metrics")).text
    assert "hunter2" not in text
    assert str(2**60) not in text


async def test_applications_in_one_process_count_apart(
    client: httpx.AsyncClient, lone_settings: Settings, database: Database
) -> None:
    await client.get("/healthz")

    transport = httpx.ASGITransport(create_app(lone_settings, database=database))
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as other:
        name = "orion_http_request_duration_seconds_count"
        assert await _sample(other, name, route="/healthz") == 0
        assert await _sample(client, name, route="/healthz") == 1


async def test_placements_and_webhooks_are_counted_by_outcome(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    await storefront.order(client, await storefront.cart([]))
    await storefront.order(client, await storefront.cart())
    await client.post("/webhooks/stripe", content=b"{}")

    assert await _sample(client, "orion_placements_total", outcome="cart_empty") == 1
    assert await _sample(client, "orion_placements_total", outcome="engine_unavailable") == 1
    assert await _sample(client, "orion_webhook_events_total", outcome="signature_invalid") == 1


async def test_unready_database_is_named(postgres_urls: PostgresUrls) -> None:
    settings = Settings(
        _env_file=None,
        database_url=postgres_urls.app.replace("/test_", "/no_such_"),
        temporal_address="127.0.0.1:9",
    )
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        answer = await client.get("/readyz")

    assert answer.json()["missing"] == ["database", "temporal"]
