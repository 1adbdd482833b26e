"""One sandbox for the whole run, emptied before each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import stripe

from tests.fixtures.ports import NO_TLS, free_port
from tests.local.stripe_sandbox.running import (
    SECRET_KEY,
    Receiver,
    Sandbox,
    make_client,
    make_sandbox,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the official HTTPX transport through: it hands bodies over in a way that httpx deprecates."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"))


@pytest.fixture(scope="session")
def webhook_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory, webhook_port: int) -> Iterator[Sandbox]:
    url = f"http://127.0.0.1:{webhook_port}/webhooks/stripe"
    sandbox = make_sandbox(tmp_path_factory.mktemp("stripe"), url)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
async def receiver(webhook_port: int) -> AsyncIterator[Receiver]:
    receiver = Receiver(port=webhook_port)
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture(scope="session")
async def connections(process: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=process.url, trust_env=False, verify=NO_TLS) as client:
        yield client


@pytest.fixture(scope="session")
async def transport() -> AsyncIterator[stripe.HTTPXClient]:
    transport = stripe.HTTPXClient()
    yield transport
    await transport.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


@pytest.fixture
async def browser(sandbox: Sandbox, connections: httpx.AsyncClient) -> httpx.AsyncClient:
    """Plain HTTP without a key, for the controls and pages, and for what the official client hides."""
    return connections


@pytest.fixture
async def sandbox(process: Sandbox, receiver: Receiver, connections: httpx.AsyncClient) -> Sandbox:
    """The sandbox, empty, with a receiver that answers 200."""
    (await connections.post("/_sandbox/reset")).raise_for_status()
    receiver.received.clear()
    return process


@pytest.fixture
async def http(browser: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Plain HTTP with the secret key."""
    browser.headers["Authorization"] = f"Bearer {SECRET_KEY}"
    yield browser
    del browser.headers["Authorization"]


@pytest.fixture
async def client(sandbox: Sandbox, transport: stripe.HTTPXClient) -> stripe.StripeClient:
    """The official client."""
    return make_client(sandbox.url, transport)
