"""The plain service in this process, on a database of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from api.tokens import Tokens
from bench.plain.app import create_plain_app
from bench.plain.shops import PlainShops
from bench.shops import Basket, Shops
from db.session import Database
from tests.fixtures.postgres import PostgresCluster

_SECRET = "a secret of the tests, long enough for them"


@dataclass
class PlainShop:
    """A shop with few pieces of everything."""

    client: httpx.AsyncClient
    shops: Shops
    plain: PlainShops
    database_url: str

    async def basket(self) -> Basket:
        """The filled cart of the next shopper."""
        [basket] = self.shops.baskets(1)
        await self.plain.fill([basket])
        return basket

    async def order(self, basket: Basket, *, key: str | None = None, **changes: str) -> httpx.Response:
        """Order a cart as the bench does."""
        shopper = basket.shopper
        body = {
            "session_id": basket.session_id,
            "shipping_address_id": shopper.address_id,
            "billing_address_id": shopper.address_id,
            "payment_method": "manual",
        }
        headers = shopper.headers | ({"Idempotency-Key": key} if key else {})
        url = f"/api/v1/public/vendors/{shopper.vendor_id}/orders"
        return await self.client.post(url, json=body | changes, headers=headers)


@asynccontextmanager
async def plain_shop(
    postgres: PostgresCluster, database: Database, *, pieces: int
) -> AsyncIterator[PlainShop]:
    """The service over shops whose products have so many pieces, two products each."""
    tokens = Tokens(_SECRET, 3600)
    shops = Shops(database, tokens, products=2, pieces=pieces)
    await shops.open()
    async with postgres.fresh_database("template0") as urls:
        plain = PlainShops(urls.owner)
        await plain.open(database)
        app = create_plain_app(urls.owner, tokens)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://plain.test", timeout=30) as client,
        ):
            yield PlainShop(client, shops, plain, urls.owner)
        await plain.close()
