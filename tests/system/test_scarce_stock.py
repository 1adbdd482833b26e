"""More shoppers than pieces, all at once."""

import asyncio
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text

from db.session import Database
from settings import Settings
from tests.fixtures.postgres import PostgresCluster
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, Stock, open_market
from tests.system.shopper import code
from tests.system.stripe_account import listed

pytestmark = [pytest.mark.usefixtures("webhooks", "worker"), pytest.mark.timeout(420)]


async def deadlocks(postgres: PostgresCluster, settings: Settings) -> int:
    """How many deadlocks PostgreSQL has broken in this test's database.

    A connection tells its own when it ends, so all are ended; what was at work on one is tried again.
    """
    name = urlsplit(settings.database_url).path.lstrip("/")
    assert parse_qs(urlsplit(settings.database_url).query)["host"] == [postgres.socket_directory]
    end = text("SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE datname = :name")
    broken = text("SELECT deadlocks FROM pg_stat_database WHERE datname = :name")
    async with postgres.admin.connect() as connection:
        assert all((await connection.execute(end, {"name": name})).scalars())
        return int((await connection.execute(broken, {"name": name})).scalar_one())


@pytest.mark.parametrize(
    ("products", "crowd", "pieces"),
    [("one product", 200, 50), ("two products in either order", 24, 6)],
)
async def test_so_many_pieces_make_so_many_orders_and_all_others_are_refused(
    database: Database,
    settings: Settings,
    http: httpx.AsyncClient,
    postgres: PostgresCluster,
    stripe_sandbox: SandboxProcess,
    products: str,
    crowd: int,
    pieces: int,
) -> None:
    """Whoever is told to come back does; in the end everybody has an order or knows that there is none."""
    await database.engine.dispose()
    before = await deadlocks(postgres, settings)
    market = await open_market(database, settings, stripe_sandbox, pieces=pieces)
    shoppers = await market.shoppers(crowd, http)
    lines = [(market.mug.id, 1)] if products == "one product" else [(market.mug.id, 1), (market.pot.id, 1)]
    for number in range(0, crowd, 20):
        some = enumerate(shoppers[number : number + 20])
        await asyncio.gather(*(each.fill(lines if turn % 2 else lines[::-1]) for turn, each in some))

    answers = await asyncio.gather(
        *(shopper.place_at_last(key=f"shopper-{number}") for number, shopper in enumerate(shoppers))
    )

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[200] + statuses[201] == pieces, statuses
    assert statuses[409] == crowd - pieces, statuses
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {code(answer) for answer in refused} == {"insufficient_stock"}
    assert {answer.json()["available_quantity"] for answer in refused} == {0}
    await check_sold_out(market, pieces, only_mugs=products == "one product")
    assert len(await listed(stripe_sandbox, "payment_intents")) == pieces
    await database.engine.dispose()
    assert await deadlocks(postgres, settings) == before


async def check_sold_out(market: Market, pieces: int, *, only_mugs: bool) -> None:
    assert len(await market.orders()) == pieces
    assert await market.stock(market.mug) == Stock(0, pieces)
    assert await market.stock(market.pot) == (Stock(pieces, 0) if only_mugs else Stock(0, pieces))
    await market.check_books()
