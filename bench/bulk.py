"""`python -m bench.bulk`: a bulk change of many orders, and how quickly shoppers order beside it."""

import argparse
import asyncio
import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from rich.console import Console
from temporalio.client import Client

from api.tokens import Tokens
from bench.load import Load, drive
from bench.machine import this_machine
from bench.private_stack import PrivateStack
from bench.processes import Processes
from bench.shops import Basket, Shops
from bench.storefront import Storefront
from db.session import Database
from local.postgres import APPLICATION
from local.stack import NAMESPACE, Stack
from local.terminal import Terminal, console
from workflows.bulk_messages import bulk_status_id

_TOKEN_SECONDS = 24 * 3600
_WARM_UP = 20
_PLACED_BEFORE = 100
_CLIENTS = 8
_LOOK_AGAIN = 0.5
_TELL_EVERY = 1_000
_WATCHED = ("worker", "api", "temporal")


@dataclass(frozen=True)
class Measured:
    """A job, the placing before it and beside it, and the history that it left."""

    job: dict[str, Any]
    seconds: float
    before: Load
    beside: Load
    events: int
    history_bytes: int
    memory: dict[str, "Memory"]


@dataclass
class Memory:
    """What a process holds when the job begins, at most while it goes on, and when it is over, in bytes."""

    before: int
    most: int
    after: int


class Bulk:
    """One shop's people change its orders, while its shoppers order."""

    def __init__(
        self,
        stack: Stack,
        shops: Shops,
        storefront: Storefront,
        http: aiohttp.ClientSession,
        processes: Processes,
    ) -> None:
        self._url = f"{stack.api_url}/api/v1/vendor/orders/bulk-status"
        self._shops = shops
        self._storefront = storefront
        self._http = http
        self._processes = processes

    async def measure(self, orders: int, client: Client, output: Console) -> Measured:
        """Place the orders, then confirm all of them in one job."""
        await self._place(_WARM_UP)
        before = await self._place(_PLACED_BEFORE)
        output.print(f"placing {orders} orders …")
        baskets = await self._baskets(orders)
        ids: list[int] = []

        async def place(basket: Basket) -> None:
            ids.append((await self._storefront.place(basket, "manual"))["id"])
            if len(ids) % _TELL_EVERY == 0:
                output.print(f"  {len(ids)}")

        jobs = [partial(place, basket) for basket in baskets]
        await drive(jobs, clients=_CLIENTS, tick=lambda: None)
        headers = baskets[0].shopper.vendor_headers
        output.print("changing them …")
        begun = time.perf_counter()
        body = {"order_ids": ids, "status": "confirmed"}
        async with self._http.post(self._url, json=body, headers=headers) as answer:
            answer.raise_for_status()
            job_id = (await answer.json())["job_id"]
        memory = {part: Memory(*[self._processes.resident_bytes(part)] * 3) for part in _WATCHED}
        over = asyncio.create_task(self._over(job_id, headers, memory, output))
        beside: list[float] = []
        while not over.done():
            beside += (await self._place(1)).latencies
        job = await over
        seconds = time.perf_counter() - begun
        described = await client.get_workflow_handle(bulk_status_id(job_id)).describe()
        info = described.raw_description.workflow_execution_info
        return Measured(
            job,
            seconds,
            before,
            Load(tuple(beside), seconds),
            info.history_length,
            info.history_size_bytes,
            memory,
        )

    async def _over(
        self, job_id: int, headers: dict[str, str], memory: dict[str, Memory], output: Console
    ) -> dict[str, Any]:
        told = 0
        while True:
            async with self._http.get(f"{self._url}/{job_id}?limit=1", headers=headers) as answer:
                answer.raise_for_status()
                job: dict[str, Any] = await answer.json()
            for part, held in memory.items():
                held.after = self._processes.resident_bytes(part)
                held.most = max(held.most, held.after)
            if job["changed"] // _TELL_EVERY > told:
                told = job["changed"] // _TELL_EVERY
                output.print(f"  {job['changed']} of {job['total']}")
            if job["finished_at"] is not None:
                return job
            await asyncio.sleep(_LOOK_AGAIN)

    async def _place(self, number: int) -> Load:
        """Orders by one shopper after the other."""
        baskets = await self._baskets(number)

        async def place(basket: Basket) -> None:
            await self._storefront.place(basket, "stripe")

        jobs = [partial(place, basket) for basket in baskets]
        return await drive(jobs, clients=1, tick=lambda: None)

    async def _baskets(self, number: int) -> list[Basket]:
        """Filled carts of one shop."""
        found: list[Basket] = []
        while len(found) < number:
            baskets = await self._shops.filled_carts(max(8, number - len(found)))
            found += [basket for basket in baskets if basket.shopper.vendor_id == self._shops.first_vendor]
        return found[:number]


async def bench(orders: int, output: Console) -> None:
    """One run: start, measure, stop, show."""
    machine = this_machine()
    async with PrivateStack(Terminal(output), beside_bare=False) as private:
        stack = private.stack
        database = Database(stack.postgres.url(APPLICATION), pool_size=2)
        shops = Shops(database, Tokens(stack.credentials.jwt_secret, _TOKEN_SECONDS))
        await shops.open()
        client = await Client.connect(stack.temporal_address, namespace=NAMESPACE)
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            key = stack.credentials.stripe_publishable_key
            storefront = Storefront(http, api_url=stack.api_url, stripe_url=stack.stripe_url, key=key)
            bulk = Bulk(stack, shops, storefront, http, Processes(private.pids))
            measured = await bulk.measure(orders, client, output)
        await database.close()
        private.check()
    job = measured.job
    output.print(
        f"{machine.processors} processors, {machine.memory_gib} GiB, {machine.system}, Python"
        f" {machine.python}; load before the run {machine.load_before}"
    )
    output.print(
        f"{job['changed']} of {job['total']} orders changed in {measured.seconds:.1f} s,"
        f" {job['total'] / measured.seconds:.1f} orders/s"
    )
    output.print(
        f"placing, p50: {measured.before.p50 * 1000:.1f} ms before,"
        f" {measured.beside.p50 * 1000:.1f} ms beside ({len(measured.beside.latencies)} orders)"
    )
    output.print(f"history of the job: {measured.events} events, {measured.history_bytes} bytes")
    for part, held in measured.memory.items():
        before, most, after = (round(each / 2**20) for each in (held.before, held.most, held.after))
        output.print(f"{part}: {before} MiB before, {most} at most, {after} after")


def main() -> int:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.bulk", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000, help="orders in the job (default %(default)s)")
    asyncio.run(bench(parser.parse_args().orders, console()))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(code)
