"""What becomes of orders that come in at their own rate."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

import aiohttp
from aiohttp import web

from bench.overload.offering import LATE, PLACED, SHED, Crowd
from bench.shops import Basket, Shopper

BASKET = Basket(Shopper(1, 2, 3, {}, {}), "session", [4, 5])
QUICKLY = 10_000.0


@asynccontextmanager
async def crowd(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[Crowd]:
    """Before an API that answers so."""
    app = web.Application()
    app.router.add_post("/api/v1/public/vendors/1/orders", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    [(host, port)] = runner.addresses
    async with aiohttp.ClientSession() as client:
        yield Crowd(client, f"http://{host}:{port}", Random(1))
    await runner.cleanup()


async def test_orders_come_in_whether_those_before_are_answered_or_not() -> None:
    baskets, here, all_are_here = [BASKET] * 20, 0, asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        nonlocal here
        here += 1
        if here == len(baskets):
            all_are_here.set()
        await all_are_here.wait()
        return web.json_response({}, status=201)

    async with crowd(answer) as shoppers:
        offered = await shoppers.offer(baskets, rate=QUICKLY)

    assert len(offered.times[PLACED]) == offered.orders == len(baskets)
    assert not offered.errors


async def test_every_end_is_told_apart() -> None:
    overloaded = '{"status":503,"code":"overloaded"}'
    answers = iter(
        [
            web.Response(status=201),
            web.Response(status=202),
            web.Response(status=503, text=overloaded, headers={"Retry-After": "7"}),
            web.Response(status=503, text=overloaded),
            web.Response(status=503, text='{"code":"engine_unavailable"}', headers={"Retry-After": "2"}),
            web.Response(status=500),
        ]
    )

    async def answer(_: web.Request) -> web.Response:
        return next(answers)

    async with crowd(answer) as shoppers:
        offered = await shoppers.offer([BASKET] * 6, rate=QUICKLY)

    assert {outcome: len(times) for outcome, times in offered.times.items()} == {PLACED: 1, LATE: 1, SHED: 1}
    assert offered.pauses == [7.0]
    assert offered.errors == {"503 overloaded": 1, "503 engine_unavailable": 1, "500": 1}
    assert offered.share(SHED) == 1 / 6


async def test_lost_connection_is_an_error() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with crowd(answer) as shoppers:
        offered = await shoppers.offer([BASKET], rate=QUICKLY)

    assert offered.errors.total() == offered.orders == 1
