"""Processes that are asked to stop while they are at work."""

import asyncio
import signal
import time

import httpx
import pytest
from sqlalchemy import select

from db.tables import Placement
from tests.activities.gateways.mail_servers import moody_server
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, Stock
from tests.system.programs import Programs
from tests.system.stripe_account import listed
from tests.waiting import eventually


async def slow_down_stripe(sandbox: SandboxProcess, seconds: float) -> None:
    """The next payment takes its time to open."""
    fault = {"kind": "slow", "method": "POST", "path": "/v1/payment_intents", "seconds": seconds, "times": 1}
    await sandbox.faults("POST", "/_sandbox/faults", fault)


async def wait_until_stored(market: Market) -> None:
    await eventually(
        market.placements, lambda claims: [claim.state for claim in claims] == ["created"], within=60
    )


async def is_refused(http: httpx.AsyncClient) -> bool:
    """Whether nobody listens any more; whoever connects just before that is hung up on without an answer."""
    try:
        await http.get("/healthz", headers={"Connection": "close"})
    except httpx.ConnectError:
        return True
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return False
    return False


async def check_one_order(market: Market, sandbox: SandboxProcess, number: str) -> None:
    [order] = await market.orders()
    assert order.order_number == number
    [intent] = await listed(sandbox, "payment_intents")
    assert intent["id"] == order.payment_reference
    assert await market.events(number) == ["order.placed", "payment.opened"]
    assert await market.stock(market.mug) == Stock(98, 2)
    await market.check_books()


@pytest.mark.usefixtures("worker")
async def test_api_answers_what_it_has_begun_and_takes_nothing_new(
    market: Market, http: httpx.AsyncClient, programs: Programs, stripe_sandbox: SandboxProcess
) -> None:
    api = await programs.api(stripe_sandbox.webhook_port)
    shopper = await market.shopper(http)
    await slow_down_stripe(stripe_sandbox, 2)

    placing = asyncio.create_task(shopper.place())
    await wait_until_stored(market)
    api.send(signal.SIGTERM)
    await eventually(lambda: is_refused(http), bool)
    answer = await placing

    assert answer.status_code == 201
    assert await api.ended() == 0
    await check_one_order(market, stripe_sandbox, answer.json()["order_number"])


@pytest.mark.usefixtures("worker")
async def test_api_ends_its_streams_at_once_and_the_requests_in_their_time(
    market: Market, http: httpx.AsyncClient, programs: Programs, stripe_sandbox: SandboxProcess
) -> None:
    api = await programs.api(stripe_sandbox.webhook_port)
    shopper = await market.shopper(http)
    begun = asyncio.Semaphore(0)

    async def listen() -> float:
        headers = market.vendor_headers
        async with http.stream("GET", "/api/v1/vendor/orders/events", headers=headers, timeout=60) as answer:
            assert answer.status_code == 200
            lines = answer.aiter_lines()
            assert (await anext(lines)).startswith("id: ")
            begun.release()
            async for _ in lines:
                pass  # to the end, which is a whole one: a broken one raises
        return time.monotonic()

    listening = [asyncio.create_task(listen()) for _ in range(5)]
    for _ in listening:
        await begun.acquire()
    await slow_down_stripe(stripe_sandbox, 3)
    placing = asyncio.create_task(shopper.place())
    await wait_until_stored(market)
    api.send(signal.SIGTERM)
    stopped = time.monotonic()

    assert max(await asyncio.gather(*listening)) - stopped < 2
    assert not placing.done()
    assert (await placing).status_code == 201
    assert await api.ended(5) == 0
    assert '"level": "error"' not in programs.log("api")


@pytest.mark.usefixtures("webhooks")
async def test_worker_finishes_the_step_it_is_at(
    market: Market, http: httpx.AsyncClient, programs: Programs, stripe_sandbox: SandboxProcess
) -> None:
    worker = await programs.worker(worker_grace=15)
    shopper = await market.shopper(http)
    await slow_down_stripe(stripe_sandbox, 2)

    placing = asyncio.create_task(shopper.place_at_last())
    await wait_until_stored(market)
    worker.send(signal.SIGTERM)
    assert await worker.ended(60) == 0
    assert (await market.order((await market.placements())[0].order_number)).payment_reference is not None
    await programs.worker()
    answer = await placing

    assert answer.status_code in {200, 201}
    await check_one_order(market, stripe_sandbox, answer.json()["order_number"])


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["asked to stop", "killed"])
async def test_step_that_stripe_has_done_and_nobody_noted_is_not_done_twice(
    market: Market,
    http: httpx.AsyncClient,
    programs: Programs,
    stripe_sandbox: SandboxProcess,
    how: signal.Signals,
) -> None:
    """The worker goes while it waits to write down the payment that it has just opened."""
    worker = await programs.worker(worker_grace=0.5)
    shopper = await market.shopper(http)
    await slow_down_stripe(stripe_sandbox, 2)

    placing = asyncio.create_task(shopper.place_at_last())
    await wait_until_stored(market)
    async with market.database.vendor(market.vendor.id) as session:
        await session.execute(select(Placement).with_for_update())
        await eventually(lambda: listed(stripe_sandbox, "payment_intents"), bool, within=60)
        worker.send(how)
        assert await worker.ended(60) == (0 if how == signal.SIGTERM else -how)
    assert (await market.orders())[0].payment_reference is None
    await programs.worker()
    answer = await placing

    assert answer.status_code in {200, 201}
    await check_one_order(market, stripe_sandbox, answer.json()["order_number"])


@pytest.mark.usefixtures("webhooks")
async def test_worker_takes_leave_of_the_mail_server(
    market: Market, http: httpx.AsyncClient, programs: Programs
) -> None:
    async def taken() -> int:
        return len(mail_server.taken)

    async with moody_server(smtputf8=True) as mail_server:
        worker = await programs.worker(smtp_port=mail_server.port)
        shopper = await market.shopper(http)
        await shopper.place(payment_method="manual")
        await eventually(taken, lambda count: count == 2, within=60)
        worker.send(signal.SIGTERM)

        assert await worker.ended(60) == 0
        assert mail_server.connections
        assert all(connection.took_leave for connection in mail_server.connections)
