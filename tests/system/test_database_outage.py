"""PostgreSQL goes away without a word and comes back, while the API and the worker keep running."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from db.migrate import migrate
from db.session import Database
from settings import Settings
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, open_market
from tests.system.programs import Programs
from tests.system.servers import PostgresServer
from tests.system.shopper import Shopper, code, shop_path
from tests.system.stripe_account import listed
from tests.waiting import eventually


@pytest_asyncio.fixture
async def own_postgres(tmp_path: Path) -> AsyncIterator[PostgresServer]:
    """A PostgreSQL of this test's own, migrated."""
    server = PostgresServer(tmp_path / "home")
    await server.start()
    await server.embedded.finish()
    await migrate(server.owner_url, server.app_url)
    yield server
    await server.stop_immediately()
    server.delete()


@pytest_asyncio.fixture
async def own_market(
    own_postgres: PostgresServer, settings: Settings, stripe_sandbox: SandboxProcess
) -> AsyncIterator[Market]:
    """A shop in that database."""
    database = Database(own_postgres.app_url, pool_size=2)
    yield await open_market(database, settings, stripe_sandbox)
    await database.close()


@pytest_asyncio.fixture
async def http(
    http: httpx.AsyncClient, programs: Programs, own_postgres: PostgresServer, stripe_sandbox: SandboxProcess
) -> httpx.AsyncClient:
    """A client of an API process with that database, beside a worker."""
    programs.settings = programs.settings.model_copy(
        update={"database_url": own_postgres.app_url, "database_owner_url": own_postgres.owner_url}
    )
    await asyncio.gather(programs.worker(), programs.api(stripe_sandbox.webhook_port))
    return http


async def test_outage_is_told_and_got_over(
    own_market: Market,
    http: httpx.AsyncClient,
    own_postgres: PostgresServer,
    stripe_sandbox: SandboxProcess,
) -> None:
    paying, late = [await own_market.shopper(http) for _ in range(2)]
    awaiting = (await paying.place()).json()

    await own_postgres.stop_immediately()
    await check_refusals(http, late)
    assert (await http.get("/healthz")).status_code == 200
    readiness = await http.get("/readyz")
    assert (readiness.status_code, readiness.json()["missing"]) == (503, ["database"])
    assert int(readiness.headers["Retry-After"]) > 0
    assert (await paying.pay(awaiting)).json()["status"] == "succeeded"
    await own_postgres.start()
    await own_market.database.engine.dispose()

    placed = await late.place_at_last(key="once")
    assert (await late.place(key="once")).json()["order_number"] == placed.json()["order_number"]
    await eventually(
        lambda: paying.order(awaiting["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    assert (await http.get("/readyz")).status_code == 200
    assert len(await listed(stripe_sandbox, "payment_intents")) == 2
    await own_market.check_books()


async def check_refusals(http: httpx.AsyncClient, shopper: Shopper) -> None:
    for answer in (
        await http.get(f"{shop_path(shopper.vendor_id)}/products"),
        await http.get(f"{shopper.path}/orders/my-orders", headers=shopper.headers),
        await http.get(f"{shopper.path}/cart/{shopper.session_id}", headers=shopper.headers),
        await shopper.place(key="once"),
    ):
        assert (answer.status_code, code(answer)) == (503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0


async def test_restart_under_load_costs_nobody_their_order(
    own_market: Market,
    http: httpx.AsyncClient,
    own_postgres: PostgresServer,
    stripe_sandbox: SandboxProcess,
) -> None:
    """Requests that meet the restart get a 503 at worst, and every one of them succeeds in the end."""
    shoppers = await own_market.shoppers(12, http)
    await asyncio.gather(*(shopper.fill([(own_market.mug.id, 1)]) for shopper in shoppers))
    statuses: Counter[int] = Counter()
    over = asyncio.Event()

    async def browse(shopper: Shopper) -> None:
        while not over.is_set():
            statuses[(await http.get(f"{shopper.path}/products")).status_code] += 1

    async def refusals() -> int:
        return statuses[503]

    browsing = [asyncio.create_task(browse(shopper)) for shopper in shoppers[:3]]
    ordering = [
        asyncio.create_task(shopper.place_at_last(key=f"shopper-{number}"))
        for number, shopper in enumerate(shoppers)
    ]
    await asyncio.wait(ordering, return_when=asyncio.FIRST_COMPLETED)
    await own_postgres.stop_immediately()
    await eventually(refusals, lambda number: number > 0)
    await own_postgres.start()
    await own_market.database.engine.dispose()
    answers = await asyncio.gather(*ordering)
    over.set()
    await asyncio.gather(*browsing)

    assert not [answer.text for answer in answers if answer.status_code not in {200, 201}]
    assert set(statuses) == {200, 503}
    assert len({answer.json()["order_number"] for answer in answers}) == len(shoppers)
    references = {order.payment_reference for order in await own_market.orders()}
    assert len(references) == len(await listed(stripe_sandbox, "payment_intents")) == len(shoppers)
    await own_market.check_books()
