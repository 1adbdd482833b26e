"""Bulk changes that a vendor starts in a random life: of the order and of others that the shop has."""

import asyncio
import time
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.faults.patience import PATIENCE, PatientClient
from bench.faults.tally import Tally
from bench.shops import Basket

_OTHERS = 4
_PATH = "/api/v1/vendor/orders/bulk-status"


@dataclass
class BulkChanging:
    """The vendor of one order; each status is asked for once, under a key of its own."""

    basket: Basket
    random: Random
    api: PatientClient
    tally: Tally

    async def move(self, order: dict[str, Any], move: dict[str, str]) -> None:
        """Change the order with some of the others, and wait until the job is over."""
        status = move["status"]
        self.tally.done[f"vendor sets {status} in bulk"] += 1
        known = self.tally.orders_of[self.basket.shopper.vendor_id]
        others = self.random.sample(known, min(_OTHERS, len(known)))
        started = await self.api.call(
            "bulk",
            "POST",
            _PATH,
            headers=self.basket.shopper.vendor_headers,
            expected=(202,),
            json={"order_ids": [order["id"], *others], "status": status},
            key=f"bulk-{order['id']}-{status}",
        )
        if started.status_code == 202:
            self._hear(await self._over(started.json()["job_id"]), status)

    async def _over(self, job_id: int) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        headers = self.basket.shopper.vendor_headers
        while True:
            answer = await self.api.call("bulk job", "GET", f"{_PATH}/{job_id}", headers=headers)
            job: dict[str, Any] = answer.json()
            if answer.status_code != 200 or job["finished_at"] is not None:
                return job
            if time.monotonic() > deadline:
                self.tally.answers.give_up("bulk job", f"{job['pending']} of {job['total']} pending")
            await asyncio.sleep(0.5)

    def _hear(self, job: dict[str, Any], status: str) -> None:
        for result in job.get("results", ()):
            number, outcome = result["order_number"], result["outcome"]
            self.tally.done[f"bulk change {outcome}"] += 1
            if outcome == "changed":
                self.tally.reached.append((number, status))
            elif outcome not in ("unchanged", "refused"):
                self.tally.answers.unexpected.append(f"bulk job: {number} {outcome} {result['code']}")
