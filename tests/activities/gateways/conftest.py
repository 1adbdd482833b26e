"""The Stripe sandbox that the gateway is tested against."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from activities.gateways.payments import PaymentGateway
from activities.gateways.stripe_payments import StripePayments
from tests.activities.gateways.running import SECRET_KEY, Sandbox


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(Path(tmp_path_factory.mktemp("stripe")) / "stripe.sqlite3")
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest_asyncio.fixture
async def sandbox(sandbox_process: Sandbox) -> AsyncIterator[Sandbox]:
    yield sandbox_process
    await sandbox_process.clear_faults()


@pytest_asyncio.fixture
async def payments(sandbox: Sandbox) -> AsyncIterator[PaymentGateway]:
    gateway = StripePayments(SECRET_KEY, sandbox.url, timeout=5.0)
    yield gateway
    await gateway.close()
