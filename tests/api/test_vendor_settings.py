"""A shop's settings."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code
from tests.builders import create_product, create_vendor, create_vendor_user

PATH = "/api/v1/vendor/settings"


@pytest_asyncio.fixture
async def headers(storefront: Storefront, database: Database) -> dict[str, str]:
    user = await create_vendor_user(database, storefront.vendor)
    return vendor_headers(storefront.settings, user)


async def test_settings_are_read_and_changed_in_part(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    before = await client.get(PATH, headers=headers)

    answer = await client.put(
        PATH,
        json={"prices_include_tax": True, "payment_window": 900, "payment_methods": ["manual"]},
        headers=headers,
    )
    after = await client.get(PATH, headers=headers)

    assert before.json() == {
        "order_number_prefix": storefront.vendor.order_number_prefix,
        "currency": "EUR",
        "prices_include_tax": False,
        "tax_shipping": False,
        "payment_methods": ["stripe", "manual"],
        "payment_instructions": "",
        "payment_window": 1800,
        "manual_payment_window": 604_800,
        "return_window": 2_592_000,
        "capture_method": "automatic",
        "capture_expiry": "cancel",
        "time_zone": "UTC",
        "shipping_rates": [
            {"code": "standard", "name": "Standard", "price": 5.9, "countries": [], "is_active": True}
        ],
    }
    assert answer.status_code == 200, answer.text
    changed = {"prices_include_tax": True, "payment_window": 900, "payment_methods": ["manual"]}
    assert answer.json() == after.json() == {**before.json(), **changed}


async def test_shipping_rates_are_replaced_as_a_whole(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    neighbour = await create_vendor(database)
    theirs = vendor_headers(storefront.settings, await create_vendor_user(database, neighbour))
    await client.put(
        PATH, json={"shipping_rates": [{"code": "bike", "name": "Bike", "price": 2}]}, headers=theirs
    )
    rates = [
        {"code": "pickup", "name": "Pick up", "price": 0, "countries": [], "is_active": True},
        {"code": "standard", "name": "By post", "price": 6.5, "countries": ["DE"], "is_active": False},
    ]

    answer = await client.put(PATH, json={"shipping_rates": rates}, headers=headers)
    quote = await client.post(
        f"{storefront.path}/checkout/quote",
        json={
            "session_id": (await storefront.cart()).session_id,
            "shipping_address_id": storefront.address.id,
            "shipping_method": "pickup",
        },
        headers=storefront.headers,
    )

    assert answer.json()["shipping_rates"] == rates
    assert quote.json()["shipping_methods"] == [{"code": "pickup", "name": "Pick up", "price": 0}]
    assert [rate["code"] for rate in (await client.get(PATH, headers=theirs)).json()["shipping_rates"]] == [
        "bike"
    ]


async def test_only_the_owner_changes_settings(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    staff = await create_vendor_user(database, storefront.vendor, role="staff")
    headers = vendor_headers(storefront.settings, staff)

    read = await client.get(PATH, headers=headers)
    changed = await client.put(PATH, json={"tax_shipping": True}, headers=headers)

    assert read.status_code == 200
    assert (changed.status_code, code(changed)) == (403, "forbidden")
    assert (await client.get(PATH, headers=headers)).json() == read.json()


async def test_currency_is_fixed_once_there_are_orders(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    before = await client.put(PATH, json={"currency": "SEK"}, headers=headers)
    await create_order(database, storefront.customer, storefront.mug)

    after = await client.put(PATH, json={"currency": "EUR", "tax_shipping": True}, headers=headers)
    same = await client.put(PATH, json={"currency": "SEK"}, headers=headers)

    assert before.json()["currency"] == "SEK"
    assert (after.status_code, code(after)) == (409, "currency_fixed")
    assert (same.status_code, same.json()["tax_shipping"]) == (200, False)


async def test_currency_has_to_fit_the_prices(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    vendor = await create_vendor(database)
    headers = vendor_headers(storefront.settings, await create_vendor_user(database, vendor))
    whole = {"currency": "JPY", "shipping_rates": [{"code": "post", "name": "Post", "price": 500}]}

    fine_rate = await client.put(
        PATH, json={**whole, "shipping_rates": [{"code": "p", "name": "P", "price": 5.5}]}, headers=headers
    )
    taken = await client.put(PATH, json=whole, headers=headers)
    back = await client.put(PATH, json={"currency": "EUR"}, headers=headers)
    await create_product(database, vendor)
    fine_price = await client.put(PATH, json=whole, headers=headers)
    odd = await client.put(PATH, json={"currency": "KWD"}, headers=headers)

    assert (fine_rate.status_code, code(fine_rate)) == (422, "invalid_amount")
    assert (taken.status_code, taken.json()["currency"]) == (200, "JPY")
    assert back.status_code == 200
    assert (fine_price.status_code, code(fine_price)) == (422, "invalid_amount")
    assert (odd.status_code, code(odd)) == (422, "currency_not_supported")


async def test_prefix_is_never_shared_not_even_a_former_one(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    neighbour = await create_vendor(database, order_number_prefix="OTHER")
    theirs = vendor_headers(storefront.settings, await create_vendor_user(database, neighbour))
    await create_order(database, storefront.customer, storefront.mug, order_number="FIRST-20261122-00001")

    taken = await client.put(PATH, json={"order_number_prefix": "OTHER"}, headers=headers)
    former = await client.put(PATH, json={"order_number_prefix": "FIRST"}, headers=theirs)
    own = await client.put(PATH, json={"order_number_prefix": "FIRST"}, headers=headers)
    malformed = await client.put(PATH, json={"order_number_prefix": "a-b"}, headers=headers)

    for answer in (taken, former, malformed):
        assert (answer.status_code, code(answer)) == (422, "prefix_invalid"), answer.text
    assert (own.status_code, own.json()["order_number_prefix"]) == (200, "FIRST")


RATE = {"code": "post", "name": "Post", "price": 1}
RUBBISH: list[dict[str, Any]] = [
    {"payment_window": 0},
    {"payment_window": 10**30},
    {"payment_window": "900"},
    {"manual_payment_window": 1},
    {"return_window": -1},
    {"payment_methods": []},
    {"payment_methods": ["barter"]},
    {"payment_methods": ["stripe", "stripe"]},
    {"payment_methods": None},
    {"currency": "euro"},
    {"currency": None},
    {"currency": "E\x00R"},
    {"order_number_prefix": None},
    {"order_number_prefix": "X" * 13},
    {"tax_shipping": "yes"},
    {"capture_method": "manual"},
    {"capture_method": None},
    {"capture_expiry": "forget"},
    {"time_zone": "Mars/Olympus"},
    {"time_zone": ""},
    {"time_zone": None},
    {"shipping_rates": []},
    {"shipping_rates": [RATE, RATE]},
    {"shipping_rates": [{**RATE, "countries": ["DE", "FR"]}, {**RATE, "countries": ["fr"]}]},
    {"shipping_rates": [{**RATE, "countries": ["Germany"]}]},
    {"shipping_rates": [{**RATE, "countries": "DE"}]},
    {"shipping_rates": [{**RATE, "price": -1}]},
    {"shipping_rates": [{**RATE, "price": "NaN"}]},
    {"shipping_rates": [{**RATE, "code": "a b"}]},
    {"shipping_rates": [{**RATE, "name": "a\x00"}]},
    {"shipping_rates": [{**RATE, "vendor_id": 2}]},
    {"vendor_code": "MINE"},
    {"is_active": False},
]


@pytest.mark.parametrize("change", RUBBISH, ids=str)
async def test_rubbish_settings_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str], change: dict[str, Any]
) -> None:
    before = await client.get(PATH, headers=headers)

    answer = await client.put(PATH, json={"return_window": 1, **change}, headers=headers)

    assert (answer.status_code, code(answer)) == (422, "validation_failed"), answer.text
    assert answer.json()["errors"][0]["field"].split(".")[0] == next(iter(change))
    assert (await client.get(PATH, headers=headers)).json() == before.json()
