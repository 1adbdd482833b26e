"""Who is named as the seller on a vendor's invoices."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from tests.api.backoffice import vendor_headers
from tests.api.storefront import Storefront, code
from tests.builders import create_vendor, create_vendor_user

PATH = "/api/v1/vendor/settings/invoices"
ISSUER = {
    "legal_name": "Acme S.à r.l.",
    "address_line1": "1, rue de la Gare",
    "address_line2": "Bâtiment B",
    "postal_code": "L-1616",
    "city": "Luxembourg",
    "country": "LU",
    "vat_id": "LU12345678",
    "tax_number": "1999 2400 123",
    "footer": "R.C.S. Luxembourg B 1\nManager: Olga Owner",
}
NEEDED = {name: ISSUER[name] for name in ("legal_name", "address_line1", "postal_code", "city", "country")}


@pytest_asyncio.fixture
async def headers(storefront: Storefront, database: Database) -> dict[str, str]:
    user = await create_vendor_user(database, storefront.vendor)
    return vendor_headers(storefront.settings, user)


async def test_name_and_country_of_the_shop_are_suggested(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    answer = await client.get(PATH, headers=headers)

    suggested = {"legal_name": storefront.vendor.name, "country": storefront.vendor.country}
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"is_set_up": False, **dict.fromkeys(ISSUER, ""), **suggested}


async def test_seller_is_written_and_read(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    written = await client.put(PATH, json=ISSUER, headers=headers)
    read = await client.get(PATH, headers=headers)

    assert written.status_code == 200, written.text
    assert written.json() == read.json() == {"is_set_up": True, **ISSUER}


async def test_seller_is_replaced_as_a_whole(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    await client.put(PATH, json=ISSUER, headers=headers)

    await client.put(PATH, json={**NEEDED, "tax_number": "21/815/08150"}, headers=headers)

    empty = {"address_line2": "", "vat_id": "", "footer": ""}
    assert (await client.get(PATH, headers=headers)).json() == {
        "is_set_up": True,
        **NEEDED,
        **empty,
        "tax_number": "21/815/08150",
    }


async def test_what_was_typed_is_kept_as_it_is_printed(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    typed = {
        **NEEDED,
        "legal_name": "  Acme S.A. ",
        "country": "el",
        "vat_id": "el 094.259-216",
        "footer": "one\r\ntwo\n",
    }

    answer = await client.put(PATH, json=typed, headers=headers)

    kept = {"legal_name": "Acme S.A.", "country": "GR", "vat_id": "EL094259216", "footer": "one\ntwo"}
    assert {name: answer.json()[name] for name in kept} == kept


async def test_line_breaks_of_a_form_count_once(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    footer = "\r\n".join(["x" * 99] * 10)

    answer = await client.put(PATH, json={**ISSUER, "footer": footer}, headers=headers)

    assert (answer.status_code, len(answer.json()["footer"])) == (200, 999)


@pytest.mark.parametrize("role", ["staff", "viewer"])
async def test_others_than_owners_read_and_do_not_change(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database, role: str
) -> None:
    await client.put(PATH, json=ISSUER, headers=headers)
    other = await create_vendor_user(database, storefront.vendor, role=role)
    theirs = vendor_headers(storefront.settings, other)

    changed = await client.put(PATH, json={**ISSUER, "city": "Esch"}, headers=theirs)

    assert (changed.status_code, code(changed)) == (403, "forbidden")
    assert (await client.get(PATH, headers=theirs)).json() == {"is_set_up": True, **ISSUER}


async def test_each_vendor_has_a_seller_of_its_own(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    neighbour = await create_vendor(database, name="Neighbour", country="DE")
    theirs = vendor_headers(storefront.settings, await create_vendor_user(database, neighbour))
    await client.put(PATH, json=ISSUER, headers=headers)

    before = (await client.get(PATH, headers=theirs)).json()
    await client.put(PATH, json={**ISSUER, "legal_name": "Neighbour GmbH"}, headers=theirs)

    assert (before["is_set_up"], before["legal_name"], before["city"]) == (False, "Neighbour", "")
    assert (await client.get(PATH, headers=headers)).json()["legal_name"] == ISSUER["legal_name"]
    assert (await client.get(PATH, headers=theirs)).json()["legal_name"] == "Neighbour GmbH"


async def test_nobody_is_told_without_a_token(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).status_code == 401
    assert (await client.put(PATH, json=ISSUER)).status_code == 401


RUBBISH: list[dict[str, Any]] = [
    *[{name: value} for name in NEEDED for value in ("", "  ", None, 7, "a\x00")],
    *[{name: "x" * 201} for name in ("legal_name", "address_line1", "address_line2", "tax_number", "vat_id")],
    *[{name: "two\nlines"} for name in ("legal_name", "address_line2", "city", "vat_id", "tax_number")],
    {"country": "LUX"},
    {"country": "4U"},
    {"vat_id": "12345678"},
    {"vat_id": "LU"},
    {"vat_id": "LU1234567890123456"},
    {"vat_id": "..."},
    {"vat_id": "LÜ12345678"},
    {"vat_id": None},
    {"vat_id": "", "tax_number": ""},
    {"vat_id": " ", "tax_number": "\t"},
    {"tax_number": None},
    {"footer": "x" * 1001},
    {"footer": "a\x07b"},
    {"footer": "\ufdd019.90"},
    {"footer": ["a", "b"]},
    {"vendor_id": 2},
    {"is_set_up": True},
]


@pytest.mark.parametrize("change", RUBBISH, ids=ascii)
async def test_rubbish_is_refused_and_its_field_named(
    client: httpx.AsyncClient, headers: dict[str, str], change: dict[str, Any]
) -> None:
    await client.put(PATH, json=ISSUER, headers=headers)

    answer = await client.put(PATH, json={**ISSUER, "city": "Esch", **change}, headers=headers)

    assert (answer.status_code, code(answer)) == (422, "validation_failed"), answer.text
    assert [problem["field"] for problem in answer.json()["errors"]] == [next(iter(change))]
    assert (await client.get(PATH, headers=headers)).json() == {"is_set_up": True, **ISSUER}


@pytest.mark.parametrize("left_out", NEEDED)
async def test_what_an_invoice_needs_is_asked_for(
    client: httpx.AsyncClient, headers: dict[str, str], left_out: str
) -> None:
    given = {name: value for name, value in ISSUER.items() if name != left_out}

    answer = await client.put(PATH, json=given, headers=headers)

    [problem] = answer.json()["errors"]
    assert (answer.status_code, problem["field"], problem["code"]) == (422, left_out, "missing")
    assert not (await client.get(PATH, headers=headers)).json()["is_set_up"]


async def test_vat_number_or_tax_number_is_asked_for(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.put(PATH, json=NEEDED, headers=headers)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "field": "vat_id",
            "code": "vat_id_missing",
            "message": "Either vat_id or tax_number has to be given",
        }
    ]
