"""Shipping by country, from the settings to the order."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from settings import Settings
from tests.api.backoffice import vendor_headers
from tests.api.pages.browsing import browser_of
from tests.api.storefront import Storefront, code, open_storefront
from tests.builders import create_address, create_shipping_method, create_vendor_user

SETTINGS = "/api/v1/vendor/settings"
HOME = {"code": "post", "name": "By post", "price": 4, "countries": ["LU"]}
NEAR = {"code": "post", "name": "By post", "price": 9, "countries": ["FR", "DE"]}
BIKE = {"code": "bike", "name": "By bike", "price": 2, "countries": ["LU"]}


@pytest_asyncio.fixture
async def headers(storefront: Storefront, database: Database) -> dict[str, str]:
    return vendor_headers(storefront.settings, await create_vendor_user(database, storefront.vendor))


@pytest_asyncio.fixture
async def rates(client: httpx.AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await client.put(SETTINGS, json={"shipping_rates": [HOME, NEAR, BIKE]}, headers=headers)
    assert answer.status_code == 200, answer.text
    stored: list[dict[str, Any]] = answer.json()["shipping_rates"]
    return stored


async def quote(client: httpx.AsyncClient, shop: Storefront, address_id: int, method: str) -> httpx.Response:
    given = {
        "session_id": (await shop.cart()).session_id,
        "shipping_address_id": address_id,
        "shipping_method": method,
    }
    return await client.post(f"{shop.path}/checkout/quote", json=given, headers=shop.headers)


def test_settings_say_the_countries(rates: list[dict[str, Any]]) -> None:
    assert [(rate["code"], rate["countries"]) for rate in rates] == [
        ("post", ["LU"]),
        ("post", ["DE", "FR"]),
        ("bike", ["LU"]),
    ]


@pytest.mark.usefixtures("rates")
async def test_quote_has_the_methods_and_prices_of_the_address(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    german = await create_address(database, storefront.customer, country="DE")

    at_home = await quote(client, storefront, storefront.address.id, "post")
    near = await quote(client, storefront, german.id, "post")

    assert at_home.json()["shipping_methods"] == [
        {"code": "post", "name": "By post", "price": 4},
        {"code": "bike", "name": "By bike", "price": 2},
    ]
    assert near.json()["shipping_methods"] == [{"code": "post", "name": "By post", "price": 9}]
    assert (at_home.json()["shipping_cost"], near.json()["shipping_cost"]) == (4, 9)


@pytest.mark.usefixtures("rates")
async def test_method_that_does_not_go_there_is_refused(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    german = await create_address(database, storefront.customer, country="DE")
    swedish = await create_address(database, storefront.customer, country="SE")

    bike = await quote(client, storefront, german.id, "bike")
    post = await quote(client, storefront, swedish.id, "post")

    assert (bike.status_code, code(bike)) == (422, "shipping_method_unknown")
    assert (bike.json()["shipping_methods"], bike.json()["country"]) == (["post"], "DE")
    assert (code(post), post.json()["shipping_methods"]) == ("shipping_method_unknown", [])


async def test_country_without_a_tax_rate_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    before = (await client.get(SETTINGS, headers=headers)).json()

    answer = await client.put(
        SETTINGS, json={"shipping_rates": [{**HOME, "countries": ["US"]}]}, headers=headers
    )

    assert (answer.status_code, code(answer)) == (422, "country_not_supported")
    assert (await client.get(SETTINGS, headers=headers)).json() == before


@pytest.mark.usefixtures("rates")
async def test_checkout_shows_the_methods_of_the_chosen_address(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    german = await create_address(database, storefront.customer, country="DE")
    swedish = await create_address(database, storefront.customer, country="SE")
    browser = browser_of(client, storefront.settings, storefront.customer)
    cart = await storefront.cart()
    client.cookies.set(f"orion_visitor_{storefront.vendor.id}", cart.session_id)

    _, at_home = await browser.open("/checkout")
    _, near = await browser.open(f"/checkout?shipping={german.id}&method=bike")
    _, nowhere = await browser.open(f"/checkout?shipping={swedish.id}")
    _, adding = await browser.open("/checkout?new=shipping")
    gone, _ = await browser.open(f"/checkout/payment?shipping={german.id}&method=bike")

    assert "By bike" in at_home.text
    assert "€4.00" in at_home.text
    assert "By bike" not in near.text
    assert "€9.00" in near.text
    assert "The shop does not ship to this address." in nowhere.text
    assert "The shop does not ship to Sweden." in nowhere.text
    assert {country for country in adding.options if country} == {"DE", "FR", "LU"}
    assert gone.headers["location"].endswith(f"/checkout?shipping={german.id}&method_gone=1")
    _, explained = await browser.open(f"/checkout?shipping={german.id}&method_gone=1")
    assert "What was chosen does not go to this address." in explained.text


@pytest.mark.usefixtures("worker")
async def test_order_costs_what_shipping_to_its_country_costs(
    api: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    shop = await open_storefront(database, settings)
    await create_shipping_method(database, shop.vendor, price=Decimal("12.50"), countries=["DE"])
    await create_shipping_method(database, shop.vendor, code="bike", countries=["LU"])
    german = await create_address(database, shop.customer, country="DE")

    refused = await shop.order(api, await shop.cart(), shipping_address_id=german.id, shipping_method="bike")
    placed = await shop.order(api, await shop.cart(), shipping_address_id=german.id)

    assert (refused.status_code, code(refused)) == (422, "shipping_method_unknown")
    assert (placed.status_code, placed.json()["shipping_cost"]) == (201, 12.5)
