"""Whoever wants an invoice in a random life: customer and vendor, at once and again later."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.faults.patience import PatientClient
from bench.faults.tally import Tally
from bench.shops import Basket


@dataclass(frozen=True)
class Invoicing:
    """Asks for what is due of one order; before it is paid that is refused."""

    basket: Basket
    random: Random
    api: PatientClient
    tally: Tally

    async def ask(self, order: dict[str, Any]) -> None:
        """Some orders: twice in a while, so that the second time there may have been refunds."""
        if self.random.random() >= 0.6:
            return
        for _ in range(2):
            await asyncio.sleep(8 * self.random.random())
            self.tally.done["invoice asked for"] += 1
            roles = self.random.choice(((self._own,), (self._desk,), (self._own, self._desk, self._own)))
            await asyncio.gather(*(role(order) for role in roles))

    async def _own(self, order: dict[str, Any]) -> None:
        shop = f"/api/v1/public/vendors/{self.basket.shopper.vendor_id}"
        await self._issue(
            order, f"{shop}/orders/my-orders/{order['id']}/invoices", self.basket.shopper.headers
        )

    async def _desk(self, order: dict[str, Any]) -> None:
        url = f"/api/v1/vendor/orders/{order['id']}/invoices"
        await self._issue(order, url, self.basket.shopper.vendor_headers)

    async def _issue(self, order: dict[str, Any], url: str, headers: dict[str, str]) -> None:
        answer = await self.api.call("invoice", "POST", url, headers=headers, expected=(200, 201, 409))
        if answer.is_success:
            self.tally.invoiced |= {(order["id"], each["number"]) for each in answer.json()["invoices"]}
