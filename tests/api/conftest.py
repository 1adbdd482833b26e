"""Fixtures of the API's tests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from api.app import create_app
from api.live.hub import Hub
from db.session import Database
from settings import Settings
from tests.api.storefront import Storefront, open_storefront
from tests.fixtures.postgres import PostgresUrls

NOBODY_LISTENS = "127.0.0.1:9"


@pytest.fixture
def lone_settings(postgres_urls: PostgresUrls) -> Settings:
    """The settings of an API whose Temporal is away."""
    return Settings(_env_file=None, database_url=postgres_urls.app, temporal_address=NOBODY_LISTENS)


@pytest_asyncio.fixture
async def client(lone_settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API that has a database and no Temporal."""
    app = create_app(lone_settings, database=database)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        yield client
    await app.state.context.stop_listening()


@pytest_asyncio.fixture
async def storefront(database: Database, lone_settings: Settings) -> Storefront:
    """A shop with two products, and a customer with an address."""
    return await open_storefront(database, lone_settings)


@pytest_asyncio.fixture
async def live_app(lone_settings: Settings, database: Database) -> AsyncIterator[FastAPI]:
    """An application whose streams can be listened to."""
    app = create_app(lone_settings, database=database)
    yield app
    await app.state.context.stop_listening()


@pytest_asyncio.fixture
async def narrow_app(lone_settings: Settings, database: Database) -> AsyncIterator[FastAPI]:
    """An application that lets a stream's reader fall behind by four events."""
    app = create_app(lone_settings, database=database)
    app.state.context = replace(app.state.context, hub=Hub(lone_settings.database_url, limit=4))
    yield app
    await app.state.context.stop_listening()
