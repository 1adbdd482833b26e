"""Fixtures of the system tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from settings import Settings
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, open_market
from tests.system.programs import Programs
from tests.system.shopper import api_client


@pytest_asyncio.fixture
async def market(database: Database, settings: Settings, stripe_sandbox: SandboxProcess) -> Market:
    """A shop with 100 mugs and 100 pots."""
    return await open_market(database, settings, stripe_sandbox)


@pytest.fixture
def api_url(stripe_sandbox: SandboxProcess) -> str:
    """Where the API is: on the port that Stripe's webhooks go to."""
    return f"http://127.0.0.1:{stripe_sandbox.webhook_port}"


@pytest_asyncio.fixture
async def http(api_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API."""
    async with api_client(api_url) as client:
        yield client


@pytest.fixture
def programs(tmp_path: Path, settings: Settings) -> Iterator[Programs]:
    """Processes of this test's system; none of them survives it."""
    started = Programs(tmp_path, settings)
    yield started
    started.close()
