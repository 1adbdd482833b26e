"""Temporal goes away and comes back, while the API and the worker keep running."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, Stock
from tests.system.programs import Programs
from tests.system.servers import TemporalServer
from tests.system.shopper import Shopper, code, shop_path
from tests.system.stripe_account import listed
from tests.waiting import eventually

PLACE_TIMEOUT = 2
# A call may use up the timeout and a second; then the API looks for two whether Temporal has heard of it.
PATIENCE = PLACE_TIMEOUT + 1 + 2 + 1 + 4


@pytest_asyncio.fixture
async def temporal(tmp_path: Path) -> AsyncIterator[TemporalServer]:
    """A Temporal server of this test's own."""
    server = TemporalServer(tmp_path)
    await server.start()
    yield server
    await server.kill()


async def stop(temporal: TemporalServer, how: signal.Signals) -> None:
    if how == signal.SIGSTOP:
        temporal.send(signal.SIGSTOP)
    else:
        await temporal.kill()


async def bring_back(temporal: TemporalServer, how: signal.Signals) -> None:
    if how == signal.SIGSTOP:
        temporal.send(signal.SIGCONT)
    else:
        await temporal.start()


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["frozen", "killed"])
async def test_outage_is_told_and_got_over(
    market: Market,
    http: httpx.AsyncClient,
    programs: Programs,
    temporal: TemporalServer,
    stripe_sandbox: SandboxProcess,
    how: signal.Signals,
) -> None:
    programs.settings = programs.settings.model_copy(update={"temporal_address": temporal.address})
    await asyncio.gather(
        programs.worker(), programs.api(stripe_sandbox.webhook_port, place_timeout=PLACE_TIMEOUT)
    )
    early, paying, late = [await market.shopper(http) for _ in range(3)]
    confirmed = (await early.place()).json()
    await early.pay(confirmed)
    await eventually(
        lambda: early.order(confirmed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    awaiting = (await paying.place()).json()

    await stop(temporal, how)
    await check_refusals(market, http, late, confirmed["id"])
    await check_reads(http, early, market.vendor.id)
    await check_readiness(http, 503, {"temporal"})
    assert (await paying.pay(awaiting)).json()["status"] == "succeeded"
    assert len(await market.orders()) == 2
    assert await market.stock(market.mug) == Stock(96, 4)
    await bring_back(temporal, how)

    placed = await late.place_at_last(key="once")
    moved = await eventually(
        lambda: market.move(http, confirmed["id"], key="move", status="processing"),
        lambda answer: answer.status_code != 503,
        within=60,
    )
    assert (moved.status_code, moved.json()["status"]) == (200, "processing")
    await eventually(
        lambda: paying.order(awaiting["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    assert (await late.place(key="once")).json()["order_number"] == placed.json()["order_number"]
    assert len(await late.orders()) == 1
    assert len(await listed(stripe_sandbox, "payment_intents")) == 3
    await eventually(lambda: http.get("/readyz"), lambda answer: answer.status_code == 200, within=60)
    await market.check_books()


async def check_refusals(market: Market, http: httpx.AsyncClient, shopper: Shopper, order_id: int) -> None:
    started = time.monotonic()
    answers = await asyncio.gather(
        shopper.place(key="once"), market.move(http, order_id, key="move", status="processing")
    )
    assert time.monotonic() - started < PATIENCE
    for answer in answers:
        assert (answer.status_code, code(answer)) == (503, "engine_unavailable")
        assert int(answer.headers["Retry-After"]) > 0


async def check_reads(http: httpx.AsyncClient, shopper: Shopper, vendor_id: int) -> None:
    assert len(await shopper.orders()) == 1
    await shopper.fill([(shopper_product(await http.get(f"{shop_path(vendor_id)}/products")), 1)])
    assert (await shopper.quote())["subtotal"] > 0


def shopper_product(products: httpx.Response) -> int:
    assert products.status_code == 200
    return int(products.json()[0]["id"])


async def check_readiness(http: httpx.AsyncClient, status: int, missing: set[str]) -> None:
    assert (await http.get("/healthz")).status_code == 200
    answer = await http.get("/readyz")
    assert (answer.status_code, set(answer.json()["missing"])) == (status, missing)
    assert int(answer.headers["Retry-After"]) > 0
