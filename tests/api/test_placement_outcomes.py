"""Placing is answered by what the database tells, and by the workflow where the database tells nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import select, text, update
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from api import placing
from api.placement_outcomes import PlacementOutcomes
from db.session import Database
from db.tables import Placement, Product
from settings import Settings
from tests.api.storefront import Storefront, code, open_storefront
from tests.fixtures.temporal import running_worker
from tests.waiting import eventually

ACCEPTED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings) -> Storefront:
    """A shop that no worker serves until a test begins one."""
    return await open_storefront(database, settings)


@pytest_asyncio.fixture
async def outcomes(application: FastAPI) -> AsyncIterator[PlacementOutcomes]:
    """What the application hears, once it listens."""
    found: PlacementOutcomes = application.state.context.outcomes
    found.open()
    await eventually(lambda: _listens(found), bool)
    yield found


async def _listens(outcomes: PlacementOutcomes) -> bool:
    return outcomes.listening


async def updates(client: Client, response: httpx.Response) -> int:
    """How often the order's workflow was asked for an answer."""
    handle = client.get_workflow_handle(response.json()["order_number"])
    return sum(event.event_type == ACCEPTED for event in (await handle.fetch_history()).events)


async def under_way(storefront: Storefront) -> bool:
    async with storefront.database.reading(storefront.vendor.id) as session:
        return bool((await session.scalars(select(Placement.id))).all())


@pytest.mark.usefixtures("worker", "outcomes")
@pytest.mark.parametrize("method", ["manual", "stripe"])
async def test_order_is_answered_without_asking_its_workflow(
    api: httpx.AsyncClient, storefront: Storefront, temporal_client: Client, method: str
) -> None:
    placed = await storefront.order(api, await storefront.cart(), payment_method=method)
    assert placed.status_code == 201, placed.text
    assert placed.json()["payment"]["provider"] == method
    assert await updates(temporal_client, placed) == 0


async def test_metrics_tell_whether_the_database_is_heard(
    application: FastAPI, api: httpx.AsyncClient
) -> None:
    outcomes = application.state.context.outcomes
    told = [await _heard(api)]
    outcomes.open()
    await eventually(lambda: _listens(outcomes), bool)
    assert [*told, await _heard(api)] == ["0.0", "1.0"]


async def _heard(api: httpx.AsyncClient) -> str:
    lines = (await api.get("/metrics")).text.splitlines()
    return next(line.split()[1] for line in lines if line.startswith("orion_placement_outcomes_heard "))


@pytest.mark.usefixtures("worker")
async def test_order_is_placed_where_nothing_is_heard_yet(
    api: httpx.AsyncClient, storefront: Storefront, temporal_client: Client
) -> None:
    placed = await storefront.order(api, await storefront.cart())
    assert placed.status_code == 201, placed.text
    assert await updates(temporal_client, placed) == 1


@pytest.mark.usefixtures("outcomes")
async def test_refusal_of_the_workflow_is_told_with_its_reason(
    api: httpx.AsyncClient, storefront: Storefront, settings: Settings, temporal_client: Client
) -> None:
    cart = await storefront.cart()
    asked = asyncio.create_task(storefront.order(api, cart, key="dear"))
    await eventually(lambda: under_way(storefront), bool)
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await session.execute(update(Product).values(price=99))
    async with running_worker(settings, storefront.database, temporal_client):
        refused = await asked
        again = await storefront.order(api, cart, key="dear")
    assert (refused.status_code, code(refused)) == (409, "cart_changed")
    assert refused.json()["quoted_total"] == 109.80
    assert (again.status_code, code(again)) == (409, "cart_changed")


@pytest.mark.usefixtures("outcomes")
async def test_lost_connection_is_made_up_for_by_the_workflow(
    api: httpx.AsyncClient, storefront: Storefront, settings: Settings, temporal_client: Client
) -> None:
    asked = asyncio.create_task(storefront.order(api, await storefront.cart()))
    await eventually(lambda: under_way(storefront), bool)
    async with storefront.database.engine.connect() as connection:
        ended = await connection.scalars(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'orion-placements' AND datname = current_database()"
            )
        )
        assert list(ended) == [True]
    async with running_worker(settings, storefront.database, temporal_client):
        placed = await asked
    assert placed.status_code == 201, placed.text
    assert await updates(temporal_client, placed) == 1


@pytest.mark.usefixtures("worker")
async def test_order_that_nobody_told_of_is_found(
    api: httpx.AsyncClient,
    storefront: Storefront,
    temporal_client: Client,
    outcomes: PlacementOutcomes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placing, "_LOOK_EVERY", 0.2)
    monkeypatch.setattr(outcomes._listener, "_hear", lambda _: None)
    placed = await storefront.order(api, await storefront.cart())
    assert placed.status_code == 201, placed.text
    assert await updates(temporal_client, placed) == 0


@pytest.mark.usefixtures("outcomes")
async def test_order_without_a_worker_is_promised_and_placed_later(
    application: FastAPI,
    api: httpx.AsyncClient,
    storefront: Storefront,
    settings: Settings,
    temporal_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(application.state.context.engine._connection, "timeout", timedelta(seconds=1))
    promised = await storefront.order(api, await storefront.cart())
    assert (promised.status_code, promised.json()["state"]) == (202, "claimed")
    location = promised.headers["location"]
    async with running_worker(settings, storefront.database, temporal_client):
        found = await eventually(
            lambda: api.get(location, headers=storefront.headers), lambda answer: answer.status_code == 200
        )
    assert found.json()["order_number"] == promised.json()["order_number"]
