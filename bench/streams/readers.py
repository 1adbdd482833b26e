"""Readers of streams: what they heard, and when."""

import asyncio
import json
import time
from dataclasses import dataclass, field

import aiohttp

from bench.storefront import UnexpectedAnswer
from bench.streams.events import Followed

_VENDOR_SHARE = 10  # one stream in ten is a vendor's, over all its orders
_AT_ONCE = 50
_FOR_EVER = aiohttp.ClientTimeout(total=None, sock_read=60)


@dataclass
class Readers:
    """Many open streams; `arrived` holds the order, the event's number and the time of each arrival."""

    client: aiohttp.ClientSession
    api_url: str
    arrived: list[tuple[int, int, float]] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def open(self, orders: list[Followed], count: int) -> None:
        """Open that many, and return when all of them are."""
        slots, begun = asyncio.Semaphore(_AT_ONCE), [asyncio.Event() for _ in range(count)]
        for number, event in enumerate(begun):
            url, headers = self._which(orders[number % len(orders)], number)
            self._tasks.append(asyncio.create_task(self._read(url, headers, slots, event)))
        for event in begun:
            await event.wait()

    async def close(self) -> None:
        """Go away."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _which(self, order: Followed, number: int) -> tuple[str, dict[str, str]]:
        shopper = order.basket.shopper
        if number % _VENDOR_SHARE == 0:
            return f"{self.api_url}/api/v1/vendor/orders/events", shopper.vendor_headers
        shop = f"{self.api_url}/api/v1/public/vendors/{shopper.vendor_id}"
        return f"{shop}/orders/my-orders/{order.order_id}/events", shopper.headers

    async def _read(
        self, url: str, headers: dict[str, str], slots: asyncio.Semaphore, begun: asyncio.Event
    ) -> None:
        await slots.acquire()
        async with self.client.get(url, headers=headers, timeout=_FOR_EVER) as answer:
            if answer.status != 200:
                raise UnexpectedAnswer(f"{url}: {answer.status}")
            async for line in answer.content:
                if not begun.is_set():
                    begun.set()
                    slots.release()
                if line.startswith(b"data: "):
                    moment = time.perf_counter()
                    told = json.loads(line[6:])
                    self.arrived.append((told["order_id"], told["sequence"], moment))
