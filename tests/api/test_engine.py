"""Placing while the engine is away or slow, and afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select
from temporalio.client import Client

from activities.gateways.smtp import SmtpMail
from activities.gateways.stripe_payments import StripePayments
from api.app import create_app
from api.engine import Engine
from bench.chaos.wire import Wire
from db.session import Database
from db.tables import Placement
from settings import Settings
from tests.api.storefront import Storefront, code, open_storefront
from tests.fixtures.ports import free_port
from tests.waiting import eventually
from worker.composition import build_worker


@pytest.fixture
def hurried(settings: Settings) -> Settings:
    """The settings of an API that waits a second for an order to be placed."""
    return settings.model_copy(update={"place_timeout": 1.0})


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings) -> Storefront:
    return await open_storefront(database, settings)


@asynccontextmanager
async def client_of(
    settings: Settings, database: Database, engine: Engine
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, database=database, engine=engine)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test", timeout=30) as client:
        yield client
    await app.state.context.stop_listening()


@asynccontextmanager
async def running_worker(
    settings: Settings, database: Database, temporal_client: Client
) -> AsyncIterator[None]:
    """A worker for a while; nothing here is paid by card."""
    payments = StripePayments("sk_test_unused", settings.stripe_api_url, settings.stripe_timeout)
    mail = SmtpMail(
        settings.smtp_host,
        settings.smtp_port,
        username=None,
        password=None,
        starttls=False,
        mail_from=settings.mail_from,
    )
    async with build_worker(temporal_client, settings, database=database, payments=payments, mail=mail):
        yield
    await mail.close()
    await payments.close()


async def test_engine_away_is_told_and_the_same_request_works_later(
    client: httpx.AsyncClient, api: httpx.AsyncClient, storefront: Storefront, worker: None
) -> None:
    cart = await storefront.cart()

    away = await storefront.order(client, cart)
    back = await storefront.order(api, cart)

    assert (away.status_code, code(away)) == (503, "engine_unavailable")
    assert away.headers["Retry-After"] == "2"
    assert back.status_code == 201, back.text
    assert back.headers["Idempotent-Replayed"] == "true"
    assert back.json()["order_number"].endswith("-00001")


@pytest.mark.parametrize("way", ["request", "answer"])
async def test_connection_that_is_cut_in_the_middle_is_an_engine_that_is_away(
    settings: Settings, database: Database, storefront: Storefront, way: str
) -> None:
    host, port = settings.temporal_address.split(":")
    listen = ("127.0.0.1", free_port())
    wire = Wire("temporal", listen, [(host, int(port))], dice=Random(1), ways=(way,))
    await wire.open()
    try:
        engine = Engine(settings.model_copy(update={"temporal_address": f"{listen[0]}:{listen[1]}"}))
        await engine.ping()
        wire.roughen(0)
        async with client_of(settings, database, engine) as client:
            answer = await storefront.order(client, await storefront.cart())
    finally:
        await wire.close()
    assert wire.cuts[way] > 1
    assert (answer.status_code, code(answer)) == (503, "engine_unavailable")


async def test_attempt_that_never_began_does_not_block_the_cart(
    client: httpx.AsyncClient, api: httpx.AsyncClient, storefront: Storefront, worker: None
) -> None:
    """Whoever changes their mind after a 503 orders with the new choices; the first attempt stays dead."""
    cart = await storefront.cart()

    away = await storefront.order(client, cart, key="first")
    changed = await storefront.order(api, cart, customer_notes="Please wrap it.")
    first = await storefront.order(api, cart, key="first")

    assert away.status_code == 503
    assert changed.status_code == 201, changed.text
    assert changed.json()["customer_notes"] == "Please wrap it."
    assert (first.status_code, code(first)) == (409, "cart_changed")


async def test_command_no_worker_takes_up_is_not_promised(
    api: httpx.AsyncClient,
    hurried: Settings,
    database: Database,
    temporal_client: Client,
    storefront: Storefront,
) -> None:
    async with client_of(hurried, database, Engine(hurried, client=temporal_client)) as client:
        async with running_worker(hurried, database, temporal_client):
            order = (await storefront.order(client, await storefront.cart())).json()
        path = f"{storefront.path}/orders/my-orders/{order['id']}/cancel"
        keyed = {**storefront.headers, "Idempotency-Key": "once"}
        lost = await client.post(path, headers=keyed)
        async with running_worker(hurried, database, temporal_client):
            done = await eventually(
                lambda: client.post(path, headers=keyed), lambda answer: answer.status_code == 200
            )

    assert (lost.status_code, code(lost)) == (503, "engine_unavailable")
    assert done.json()["status"] == "cancelled"
    assert done.headers["Idempotent-Replayed"] == "true"


async def test_reads_and_carts_work_while_the_engine_is_away(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    cart = await storefront.cart()

    for path in ("products", f"cart/{cart.session_id}", "orders/my-orders"):
        assert (await client.get(f"{storefront.path}/{path}", headers=storefront.headers)).status_code == 200


async def test_slow_engine_is_answered_with_a_place_to_look(
    hurried: Settings,
    settings: Settings,
    database: Database,
    temporal_client: Client,
    storefront: Storefront,
) -> None:
    """No worker runs at first, so the workflow starts and does not answer."""
    cart = await storefront.cart()
    async with client_of(hurried, database, Engine(hurried, client=temporal_client)) as client:
        slow = await storefront.order(client, cart)
        location = slow.headers["Location"]
        waiting = await client.get(location, headers=storefront.headers)
        async with running_worker(settings, database, temporal_client):
            placed = await eventually(
                lambda: client.get(location, headers=storefront.headers),
                lambda answer: answer.status_code != 202,
            )
            again = await storefront.order(client, cart)

    assert slow.status_code == 202, slow.text
    assert waiting.status_code == 202
    assert waiting.json() == slow.json() == {"order_number": slow.json()["order_number"], "state": "claimed"}
    assert waiting.headers["Location"] == location
    assert placed.status_code == 200, placed.text
    assert placed.json()["order_number"] == slow.json()["order_number"]
    assert again.status_code == 201
    assert again.json()["id"] == placed.json()["id"]


async def test_refused_placement_is_told_where_it_is_looked_up(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    cart = await storefront.cart()
    await storefront.order(client, cart)
    async with storefront.database.vendor(storefront.vendor.id) as session:
        placement = (await session.scalars(select(Placement))).one()
        placement.state = "refused"
        placement.refusal = {
            "code": "cart_changed",
            "message": "A price has changed.",
            "fields": {"current_total": "12.5"},
        }
    path = f"{storefront.path}/orders/placements/{placement.order_number}"

    found = await client.get(path, headers=storefront.headers)
    again = await storefront.order(client, cart)

    assert (found.status_code, code(found)) == (409, "cart_changed")
    assert '"current_total":12.50' in found.text
    assert again.json() == found.json()
