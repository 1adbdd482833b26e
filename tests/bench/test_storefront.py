"""Clients of the bench who are sent away for a moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bench.shops import Basket, Shopper
from bench.storefront import Storefront, UnexpectedAnswer

BASKET = Basket(Shopper(1, 2, 3, {}, {}), "session", [4, 5])


def refused(code: str) -> web.Response:
    """503 as Orion answers it, to be tried again at once."""
    return web.Response(status=503, text=f'{{"status":503,"code":"{code}"}}', headers={"Retry-After": "0"})


@asynccontextmanager
async def storefront(*answers: web.Response) -> AsyncIterator[Storefront]:
    """Before an API that answers one request after the other so."""
    coming = iter(answers)

    async def answer(_: web.Request) -> web.Response:
        return next(coming)

    app = web.Application()
    app.router.add_post("/api/v1/public/vendors/1/orders", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(host, port)] = runner.addresses
    async with aiohttp.ClientSession() as client:
        yield Storefront(client, api_url=f"http://{host}:{port}", stripe_url="", key="")
    await runner.cleanup()


async def test_who_is_sent_away_comes_back() -> None:
    placed = web.json_response({"id": 7}, status=201)
    async with storefront(refused("overloaded"), refused("overloaded"), placed) as shop:
        order = await shop.place(BASKET, "manual")

        assert (order, shop.came_back, shop.expected_mails) == ({"id": 7}, 2, 2)


async def test_other_refusals_are_errors() -> None:
    async with storefront(refused("engine_unavailable")) as shop:
        with pytest.raises(UnexpectedAnswer, match="503"):
            await shop.place(BASKET, "manual")

        assert shop.came_back == 0
