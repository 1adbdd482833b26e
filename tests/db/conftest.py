"""Fixtures of the database's tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.db.full_shops import FullShops, full_shops
from tests.fixtures.postgres import PostgresCluster


@pytest_asyncio.fixture(scope="session")
async def shops(postgres: PostgresCluster) -> AsyncIterator[FullShops]:
    """Some shops with twenty thousand orders, which tests leave as they are."""
    async with full_shops(postgres) as found:
        yield found
