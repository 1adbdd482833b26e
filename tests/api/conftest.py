"""Fixtures of the API's tests."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from api.app import create_app
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


@pytest_asyncio.fixture
async def storefront(database: Database, lone_settings: Settings) -> Storefront:
    """A shop with two products, and a customer with an address."""
    return await open_storefront(database, lone_settings)
