"""Orders that streams follow, and events of theirs, committed as steps of a workflow commit them."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import text

from bench.shops import Basket, Shops
from bench.storefront import Storefront
from db.session import Database

ORDERS = 100
_FIRST_NUMBER = 1_000  # beyond what the orders' workflows write themselves
_WRITE = text("""
    INSERT INTO order_events (vendor_id, order_id, sequence, type, payment_status, actor_type)
    VALUES (:vendor_id, :order_id, :sequence, 'order.processing', 'pending', 'system')
""")


@dataclass(frozen=True)
class Followed:
    """An order and who looks at it."""

    basket: Basket
    order_id: int


@dataclass
class Events:
    """Writes events, and knows when each was committed."""

    database: Database
    committed: dict[tuple[int, int], float] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(_FIRST_NUMBER))

    async def write(self, order: Followed) -> None:
        """One event in a transaction of its own; its time is that before the commit."""
        given = {
            "vendor_id": order.basket.shopper.vendor_id,
            "order_id": order.order_id,
            "sequence": next(self._numbers),
        }
        async with self.database.vendor(given["vendor_id"]) as session:
            await session.execute(_WRITE, given)
            self.committed[order.order_id, given["sequence"]] = time.perf_counter()


async def place_orders(shops: Shops, storefront: Storefront) -> list[Followed]:
    """Orders with manual payment, four at a time."""
    baskets, slots = await shops.filled_carts(ORDERS), asyncio.Semaphore(4)

    async def place(basket: Basket) -> Followed:
        async with slots:
            return Followed(basket, (await storefront.place(basket, "manual"))["id"])

    return list(await asyncio.gather(*map(place, baskets)))
