"""The admin's side: vendors, their people, tax rates."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from settings import Settings
from tests.api.backoffice import admin_headers, create_admin, create_order
from tests.api.storefront import Storefront, code

VENDORS, TAX_RATES = "/api/v1/admin/vendors", "/api/v1/admin/tax-rates"
VENDOR = {
    "vendor_code": "FIKA",
    "name": "Fika",
    "contact_email": "Hej@Fika.example",
    "country": "se",
    "currency": "SEK",
    "order_number_prefix": "FIKA",
}
USER = {"email": "eva@fika.example", "password": "long enough", "first_name": "Eva", "last_name": "Ek"}


@pytest_asyncio.fixture
async def headers(lone_settings: Settings, database: Database) -> dict[str, str]:
    return admin_headers(lone_settings, await create_admin(database))


async def test_new_vendor_and_its_user_can_start_working(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    added = await client.post(VENDORS, json=VENDOR, headers=headers)
    assert added.status_code == 201, added.text
    vendor = added.json()
    user = await client.post(f"{VENDORS}/{vendor['id']}/users", json=USER, headers=headers)
    login = await client.post(
        "/api/v1/vendor/login", json={"email": USER["email"], "password": USER["password"]}
    )
    bearer = {"Authorization": f"Bearer {login.json()['access_token']}"}
    own = await client.get("/api/v1/vendor/settings", headers=bearer)

    assert (vendor["country"], vendor["contact_email"], vendor["is_active"]) == (
        "SE",
        "hej@fika.example",
        True,
    )
    assert user.status_code == 201, user.text
    assert (user.json()["vendor_id"], user.json()["role"]) == (vendor["id"], "owner")
    assert not {"password", "password_hash"} & user.json().keys()
    assert USER["password"] not in user.text
    assert login.json()["vendor"]["vendor_code"] == "FIKA"
    assert own.json()["time_zone"] == "Europe/Stockholm"


async def test_vendors_are_listed_read_and_changed(
    client: httpx.AsyncClient, headers: dict[str, str], storefront: Storefront
) -> None:
    other = (await client.post(VENDORS, json=VENDOR, headers=headers)).json()

    listed = await client.get(VENDORS, params={"limit": 1}, headers=headers)
    rest = await client.get(listed.links["next"]["url"], headers=headers)
    closed = await client.put(f"{VENDORS}/{storefront.vendor.id}", json={"is_active": False}, headers=headers)
    read = await client.get(f"{VENDORS}/{storefront.vendor.id}", headers=headers)
    shop = await client.get(f"{storefront.path}/products")

    assert [vendor["id"] for vendor in listed.json() + rest.json()] == [other["id"], storefront.vendor.id]
    assert closed.json() == read.json()
    assert (closed.json()["is_active"], closed.json()["name"]) == (False, "Acme")
    assert (shop.status_code, code(shop)) == (404, "vendor_not_found")


async def test_what_is_taken_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], storefront: Storefront, database: Database
) -> None:
    await create_order(database, storefront.customer, storefront.mug, order_number="FORMER-20261122-00001")
    fika = (await client.post(VENDORS, json=VENDOR, headers=headers)).json()
    await client.post(f"{VENDORS}/{fika['id']}/users", json=USER, headers=headers)

    code_taken = await client.post(
        VENDORS, json={**VENDOR, "vendor_code": "fika", "order_number_prefix": "NEW"}, headers=headers
    )
    prefix_taken = await client.post(VENDORS, json={**VENDOR, "vendor_code": "NEW"}, headers=headers)
    prefix_used = await client.post(
        VENDORS, json={**VENDOR, "vendor_code": "NEW", "order_number_prefix": "FORMER"}, headers=headers
    )
    email_taken = await client.post(
        f"{VENDORS}/{storefront.vendor.id}/users",
        json={**USER, "email": "EVA@fika.example"},
        headers=headers,
    )

    assert (code_taken.status_code, code(code_taken)) == (409, "vendor_code_taken")
    assert (prefix_taken.status_code, code(prefix_taken)) == (422, "prefix_invalid")
    assert (prefix_used.status_code, code(prefix_used)) == (422, "prefix_invalid")
    assert (email_taken.status_code, code(email_taken)) == (409, "email_taken")


async def test_unknown_vendor_is_not_found(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    for answer in (
        await client.get(f"{VENDORS}/99", headers=headers),
        await client.put(f"{VENDORS}/99", json={"name": "X"}, headers=headers),
        await client.post(f"{VENDORS}/99/users", json=USER, headers=headers),
    ):
        assert (answer.status_code, code(answer)) == (404, "vendor_not_found")


async def test_tax_rate_is_appended_and_corrected_but_history_stays(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    today = datetime.now(UTC).date()
    tomorrow = str(today + timedelta(days=1))
    before = (await client.get(TAX_RATES, params={"country": "LU"}, headers=headers)).json()

    first = await client.put(
        TAX_RATES, json={"country": "lu", "rate": 18, "valid_from": tomorrow}, headers=headers
    )
    corrected = await client.put(
        TAX_RATES, json={"country": "LU", "rate": "18.50", "valid_from": tomorrow}, headers=headers
    )
    rewritten = await client.put(TAX_RATES, json={**before[-1], "rate": 3}, headers=headers)
    slipped_in = await client.put(
        TAX_RATES,
        json={"country": "LU", "rate": 3, "valid_from": str(today - timedelta(days=1))},
        headers=headers,
    )
    repeated = await client.put(TAX_RATES, json=before[-1], headers=headers)
    after = (await client.get(TAX_RATES, params={"country": "lu"}, headers=headers)).json()

    assert before[-1]["rate"] == 17
    assert (first.status_code, corrected.status_code, repeated.status_code) == (200, 200, 200)
    assert '"rate":18.50' in corrected.text
    for answer in (rewritten, slipped_in):
        assert (answer.status_code, code(answer)) == (409, "conflict")
    assert after == [*before, {"country": "LU", "rate": 18.5, "valid_from": tomorrow}]


async def test_new_country_may_have_its_rate_from_the_past(
    client: httpx.AsyncClient, headers: dict[str, str], storefront: Storefront
) -> None:
    answer = await client.put(
        TAX_RATES, json={"country": "CH", "rate": 8.1, "valid_from": "2024-01-01"}, headers=headers
    )
    listed = (await client.get(TAX_RATES, headers=headers)).json()

    assert answer.status_code == 200
    assert {"country": "CH", "rate": 8.1, "valid_from": "2024-01-01"} in listed
    assert len({rate["country"] for rate in listed}) > 27


RATE = {"country": "LU", "rate": 17, "valid_from": "2999-01-01"}
RUBBISH: list[tuple[str, str, dict[str, Any]]] = [
    *[
        ("PUT", TAX_RATES, {**RATE, **change})
        for change in (
            {"rate": -1},
            {"rate": 100},
            {"rate": "NaN"},
            {"rate": 1.234},
            {"rate": 10**30},
            {"rate": None},
            {"country": "L"},
            {"country": "LUX"},
            {"country": "L\x00"},
            {"valid_from": "soon"},
            {"valid_from": "9999-12-31"},
            {"valid_from": "0001-01-01"},
            {"id": 1},
        )
    ],
    *[
        ("POST", VENDORS, {**VENDOR, **change})
        for change in (
            {"vendor_code": ""},
            {"vendor_code": "a b"},
            {"vendor_code": "x" * 41},
            {"name": "a\x00b"},
            {"contact_email": "nobody"},
            {"currency": "sek"},
            {"id": 7},
            {"order_number_prefix": None},
        )
    ],
    *[
        ("POST", f"{VENDORS}/1/users", {**USER, **change})
        for change in (
            {"password": "short"},
            {"email": "a\x00@b.example"},
            {"role": "admin"},
            {"first_name": ""},
            {"vendor_id": 1},
        )
    ],
    ("PUT", f"{VENDORS}/1", {"name": None}),
    ("PUT", f"{VENDORS}/1", {"vendor_code": "OTHER"}),
    ("PUT", f"{VENDORS}/{10**30}", {"name": "X"}),
]


@pytest.mark.parametrize(("method", "path", "body"), RUBBISH, ids=str)
async def test_rubbish_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], method: str, path: str, body: dict[str, Any]
) -> None:
    answer = await client.request(method, path, json=body, headers=headers)

    assert (answer.status_code, code(answer)) == (422, "validation_failed"), answer.text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"order_number_prefix": "a-b"}, "prefix_invalid"),
        ({"country": "1x"}, "country_not_supported"),
        ({"currency": "KWD"}, "currency_not_supported"),
    ],
)
async def test_vendor_that_could_not_trade_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], change: dict[str, Any], problem: str
) -> None:
    answer = await client.post(VENDORS, json={**VENDOR, **change}, headers=headers)

    assert (answer.status_code, code(answer)) == (422, problem)
