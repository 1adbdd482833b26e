"""A whole shop behind a browser: the API on a port, a worker, the Stripe sandbox and the mailbox."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from db.session import Database
from settings import Settings
from tests.api.storefront import Storefront, open_storefront
from tests.browser.inspection import DESK, Inspector
from tests.fixtures.browser import Watch
from tests.fixtures.sandboxes import SandboxProcess

_PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Shop:
    """A storefront and where its pages are."""

    url: str
    storefront: Storefront
    watch: Watch

    def path(self, below: str = "") -> str:
        return f"/shop/{self.storefront.vendor.id}{below}"


@pytest.fixture
def settings(settings: Settings, stripe_sandbox: SandboxProcess) -> Settings:
    """The settings of a system whose pages are looked at."""
    return settings.model_copy(
        update={
            "stripe_js_url": f"{stripe_sandbox.url}/v3/",
            "public_url": f"http://127.0.0.1:{stripe_sandbox.webhook_port}",
        }
    )


@pytest_asyncio.fixture
async def shop(
    database: Database, settings: Settings, stripe_sandbox: SandboxProcess, worker: None, webhooks: None
) -> AsyncIterator[Shop]:
    """A shop that is open; at the end nothing may have gone wrong in any browser that looked at it."""
    url = settings.public_url
    hosts = frozenset({urlsplit(url).netloc, urlsplit(stripe_sandbox.url).netloc})
    # Stripe answers a declined card with 402, and Chromium calls every such answer an error.
    watch = Watch(hosts, tolerated={402})
    yield Shop(url, await open_storefront(database, settings), watch)
    assert watch.problems == []


@pytest_asyncio.fixture
async def visitor(chromium: Browser, shop: Shop) -> AsyncIterator[BrowserContext]:
    """A browser that was never here."""
    context = await chromium.new_context(base_url=shop.url, viewport=DESK, locale="en-GB")
    context.set_default_timeout(_PATIENCE_MS)
    context.on("page", shop.watch.attach)
    yield context
    await context.close()


@pytest_asyncio.fixture
async def page(visitor: BrowserContext) -> Page:
    """A tab of that browser."""
    return await visitor.new_page()


@pytest_asyncio.fixture
async def inspector(page: Page, shop: Shop) -> AsyncIterator[Inspector]:
    """Somebody who looks at every state and says at the end what was wrong."""
    # The answers that say what does not work are looked at as well.
    shop.watch.tolerated.update({403, 404, 409, 410, 422})
    inspector = Inspector(page)
    yield inspector
    assert inspector.problems == []
