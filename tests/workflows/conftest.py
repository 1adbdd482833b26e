"""Fixtures of the workflow tests."""

import pytest_asyncio
from temporalio.client import Client

from db.session import Database
from settings import Settings
from tests.workflows.shop import Shop, open_shop


@pytest_asyncio.fixture
async def shop(database: Database, settings: Settings, temporal_client: Client, worker: None) -> Shop:
    """A shop whose worker is running."""
    return await open_shop(database, settings, temporal_client)
