"""What the shop's pages cost in SQL statements: counted, so a change shows."""

import httpx
import pytest
import pytest_asyncio

from api.cookies import visitor_cookie
from db.session import Database
from settings import Settings
from tests.api.backoffice import create_order
from tests.api.pages.browsing import browser_of
from tests.api.storefront import Storefront, open_storefront
from tests.bench.traffic import traffic


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings) -> Storefront:
    """A shop in which nothing but reading happens."""
    return await open_storefront(database, settings)


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        # Each transaction begins by naming its vendor, and each page with who looks at it.
        ("", 4),
        ("/products/{product}", 4),
        ("/cart", 6),
        ("/account/orders", 5),
        ("/account/orders/{order}", 9),
    ],
)
async def test_page_takes_so_many_sql_statements(
    api: httpx.AsyncClient, storefront: Storefront, path: str, statements: int
) -> None:
    """As somebody signed in sees it, with a cart of two lines; in two transactions."""
    customer, mug = storefront.customer, storefront.mug
    order = await create_order(storefront.database, customer, mug)
    cart = await storefront.cart()
    browser = browser_of(api, storefront.settings, customer)
    browser.client.cookies.set(visitor_cookie(storefront.vendor.id), cart.session_id)

    with traffic(storefront.database) as seen:
        answer, _ = await browser.open(path.format(product=mug.id, order=order.id))

    assert answer.status_code == 200
    assert seen.without("nobody") == {"request": (statements, 2)}
