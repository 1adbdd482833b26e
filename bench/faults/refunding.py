"""Refunds that a vendor asks for in a random life: in part, by pieces, in full, twice, and all at once."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.faults.patience import PatientClient
from bench.faults.tally import Tally
from bench.shops import Basket


@dataclass
class Refunding:
    """The vendor of one order; requests are numbered, and each number is one key."""

    basket: Basket
    random: Random
    api: PatientClient
    tally: Tally
    requests: int = 0

    async def refund(self, order: dict[str, Any]) -> None:
        """One request, the same twice, or two different ones at the same time."""
        how = self.random.choice(("once", "once", "doubled", "two at once"))
        self.tally.done[f"refund asked for, {how}"] += 1
        bodies = [self._body(order) for _ in range(2 if how == "two at once" else 1)]
        calls = []
        for body in bodies:
            self.requests += 1
            times = 2 if how == "doubled" else 1
            calls += [self._ask(order, body, f"refund-{self.requests}") for _ in range(times)]
        answers = await asyncio.gather(*calls)
        given = {answer for answer in answers if answer is not None}
        if how == "doubled" and len(given) > 1:
            self.tally.answers.unexpected.append(f"one refund asked for twice became {given}")
        self.tally.refund_ids += given

    def _body(self, order: dict[str, Any]) -> dict[str, Any]:
        kind = self.random.choice(("amount", "pieces", "all", "restocked", "shipping"))
        if kind == "amount":
            return {"amount": round(1 + self.random.random() * 9, 2), "reason": "as agreed"}
        if kind == "all":
            return {"reason": "all of it"}
        if kind == "shipping":
            return {"shipping": True, "reason": "came late"}
        piece = {"order_item_id": self.random.choice(order["items"])["id"], "quantity": 1}
        return {"items": [piece], "reason": "came back", "restock": kind == "restocked"}

    async def _ask(self, order: dict[str, Any], body: dict[str, Any], key: str) -> int | None:
        answer = await self.api.call(
            "refund",
            "POST",
            f"/api/v1/vendor/orders/{order['id']}/refunds",
            headers=self.basket.shopper.vendor_headers,
            expected=(201, 202, 409),
            json=body,
            key=key,
        )
        return int(answer.json()["id"]) if answer.status_code == 201 else None
