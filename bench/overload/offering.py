"""An open-loop load: orders arrive at their own rate, however long those before them take."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random

import aiohttp

from bench.load import percentile
from bench.shops import Basket

PLACED, SHED, LATE = "placed", "shed", "late"
GENERATOR = "generator"
_TIMED_OUT = "timed out"
_CODE = re.compile(r'"code":"(\w+)"')
_OVERLOADED = '"code":"overloaded"'


@dataclass
class Offered:
    """What became of the orders that were offered; times in seconds from the arrival to the answer.

    `shed` was refused with 503 `overloaded` and a Retry-After, `late` answered 202 because it was still being
    placed. Everything else is an error, by its status or exception. `seconds` is until the last answer, and
    `cpu_seconds` the processor time of each part, the load generator included.
    """

    rate: float
    seconds: float = 0.0
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=lambda: {PLACED: [], SHED: [], LATE: []})
    errors: Counter[str] = field(default_factory=Counter)
    pauses: list[float] = field(default_factory=list)

    @property
    def orders(self) -> int:
        return sum(map(len, self.times.values())) + self.errors.total()

    def share(self, outcome: str) -> float:
        """How many of all orders ended so, from 0 to 1."""
        return len(self.times[outcome]) / self.orders

    def percentile_ms(self, outcome: str, percent: int) -> float | None:
        """A percentile of the times of those who ended so, if there are any."""
        times = self.times[outcome]
        return percentile(times, percent) * 1000 if times else None

    @property
    def orders_kept(self) -> int:
        """Those that are or will be placed."""
        return len(self.times[PLACED]) + len(self.times[LATE])

    @property
    def cpu_ms(self) -> tuple[float, float]:
        """Processor time for each order that was placed, with what refusing the others took, and beside it
        the load generator's."""
        placed, generator = max(1, len(self.times[PLACED])), self.cpu_seconds.get(GENERATOR, 0.0)
        return (sum(self.cpu_seconds.values()) - generator) / placed * 1000, generator / placed * 1000

    @property
    def placed_per_second(self) -> float:
        return len(self.times[PLACED]) / self.seconds


class Crowd:
    """Shoppers who each try once."""

    def __init__(self, client: aiohttp.ClientSession, api_url: str, dice: Random) -> None:
        self._client = client
        self._api = f"{api_url}/api/v1"
        self._dice = dice

    async def offer(self, baskets: Sequence[Basket], *, rate: float) -> Offered:
        """Let all order, so many a second on average, at random moments as independent shoppers do."""
        offered = Offered(rate)
        begun = time.perf_counter()
        due = 0.0
        async with asyncio.TaskGroup() as group:
            for basket in baskets:
                due += self._dice.expovariate(rate)
                await asyncio.sleep(max(0.0, begun + due - time.perf_counter()))
                group.create_task(self._try(basket, offered, begun + due))
        offered.seconds = time.perf_counter() - begun
        return offered

    async def _try(self, basket: Basket, offered: Offered, arrived: float) -> None:
        shopper = basket.shopper
        body = {
            "session_id": basket.session_id,
            "shipping_address_id": shopper.address_id,
            "billing_address_id": shopper.address_id,
            "payment_method": "manual",
        }
        url = f"{self._api}/public/vendors/{shopper.vendor_id}/orders"
        try:
            async with self._client.post(url, json=body, headers=shopper.headers) as answer:
                text = await answer.text()
        except TimeoutError:
            offered.errors[_TIMED_OUT] += 1
            return
        except aiohttp.ClientError as error:
            offered.errors[type(error).__name__] += 1
            return
        took = time.perf_counter() - arrived
        told = answer.headers.get("Retry-After")
        if answer.status == HTTPStatus.CREATED:
            offered.times[PLACED].append(took)
        elif answer.status == HTTPStatus.ACCEPTED:
            offered.times[LATE].append(took)
        elif answer.status == HTTPStatus.SERVICE_UNAVAILABLE and _OVERLOADED in text and told is not None:
            offered.times[SHED].append(took)
            offered.pauses.append(float(told))
        else:
            code = _CODE.search(text)
            offered.errors[f"{answer.status} {code[1] if code else ''}".strip()] += 1
