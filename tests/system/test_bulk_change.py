"""A worker that is killed in the middle of a bulk change."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.backoffice import vendor_headers
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, Stock
from tests.system.programs import Programs
from tests.waiting import eventually

PATH = "/api/v1/vendor/orders/bulk-status"


@pytest.mark.usefixtures("webhooks")
async def test_worker_killed_in_the_middle_changes_each_order_once(
    market: Market, http: httpx.AsyncClient, programs: Programs, stripe_sandbox: SandboxProcess
) -> None:
    worker = await programs.worker(bulk_rate=2)
    shoppers = await market.shoppers(8, http)
    await asyncio.gather(*(shopper.fill([(market.mug.id, 1)]) for shopper in shoppers))
    placed = [(await shopper.place(payment_method="manual")).json() for shopper in shoppers]
    headers = vendor_headers(market.settings, market.user)
    ids = [order["id"] for order in placed]
    answer = await http.post(PATH, json={"order_ids": ids, "status": "confirmed"}, headers=headers)
    job_id = answer.json()["job_id"]

    async def job() -> dict[str, Any]:
        found: dict[str, Any] = (await http.get(f"{PATH}/{job_id}", headers=headers)).json()
        return found

    await eventually(job, lambda job: job["changed"] > 0, within=60)
    await worker.kill()
    assert (await job())["changed"] < 8, "the worker was killed too late"
    await programs.worker()

    over = await eventually(job, lambda job: job["finished_at"] is not None, within=60)
    assert (over["state"], over["changed"]) == ("completed", 8)
    for order in placed:
        events = await market.events(order["order_number"])
        assert events.count("order.confirmed") == 1
        assert events.count("payment.succeeded") == 1
    assert await market.stock(market.mug) == Stock(92, 8)
