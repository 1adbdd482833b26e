"""The Stripe gateway, pointed at the sandbox."""

from collections.abc import AsyncIterator

import pytest_asyncio

from activities.gateways.payments import PaymentGateway
from activities.gateways.stripe_payments import StripePayments
from tests.fixtures.sandboxes import SandboxProcess


@pytest_asyncio.fixture
async def payments(stripe_sandbox: SandboxProcess) -> AsyncIterator[PaymentGateway]:
    gateway = StripePayments(stripe_sandbox.secret_key, stripe_sandbox.url, timeout=5.0)
    yield gateway
    await gateway.close()
