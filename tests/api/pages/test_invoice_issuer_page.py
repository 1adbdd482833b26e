"""The seller on invoices as a form of the desk's settings."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from tests.api.backoffice import vendor_headers
from tests.api.pages.browsing import Browser, Read, desk_browser
from tests.api.storefront import Storefront
from tests.builders import create_vendor_user

PAGE = "/settings/invoices"
API = "/api/v1/vendor/settings/invoices"
TYPED = {
    "legal_name": "Acme <S.A.>",
    "address_line1": "1, rue de la Gare",
    "address_line2": "",
    "postal_code": "L-1616",
    "city": "Luxembourg",
    "country": "LU",
    "vat_id": "lu 123 456 78",
    "tax_number": "",
    "footer": "R.C.S. Luxembourg B 1\r\nManager: Olga Owner",
}
STORED = {
    **TYPED,
    "is_set_up": True,
    "vat_id": "LU12345678",
    "footer": "R.C.S. Luxembourg B 1\nManager: Olga Owner",
}


@pytest_asyncio.fixture
async def headers(storefront: Storefront, database: Database) -> dict[str, str]:
    return vendor_headers(storefront.settings, await create_vendor_user(database, storefront.vendor))


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, storefront: Storefront, database: Database) -> Browser:
    owner = await create_vendor_user(database, storefront.vendor)
    return desk_browser(client, storefront.settings, owner)


async def stored(desk: Browser, headers: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = (await desk.client.get(API, headers=headers)).json()
    return answer


async def test_page_says_why_it_is_there_and_suggests(desk: Browser, storefront: Storefront) -> None:
    _, settings = await desk.open("/settings")
    seen, read = await desk.open(PAGE)

    assert f"/vendor{PAGE}" in settings.links
    assert seen.status_code == 200
    assert "Without this the shop issues no invoices." in read.text
    assert "Documents that were issued before stay as they are." in read.text
    fields = read.form(PAGE).fields
    assert fields["legal_name"] == storefront.vendor.name
    assert (fields["country"], fields["city"]) == (storefront.vendor.country, "")


async def test_seller_is_saved_and_shown(desk: Browser, headers: dict[str, str]) -> None:
    answer = await desk.send(PAGE, PAGE, **TYPED)
    after = await stored(desk, headers)
    seen, read = await desk.open(f"{PAGE}?saved=1")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/vendor{PAGE}?saved=1")
    assert after == STORED
    assert "Saved." in read.text
    assert "Without this" not in read.text
    fields = read.form(PAGE).fields
    assert (fields["legal_name"], fields["vat_id"]) == ("Acme <S.A.>", "LU12345678")
    assert ">R.C.S. Luxembourg B 1\nManager: Olga Owner</textarea>" in seen.text


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"legal_name": " "}, "Please fill this in."),
        ({"city": "x" * 201}, "This is too long."),
        ({"country": ""}, "Please fill this in."),
        ({"country": "4U"}, "Please check this."),
        ({"vat_id": "12345678"}, "A VAT number begins with two letters, such as LU12345678."),
        ({"vat_id": ""}, "Please enter a VAT number, or a tax number if there is none."),
        ({"footer": "x" * 1001}, "This is too long."),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(
    desk: Browser, headers: dict[str, str], typed: dict[str, str], problem: str
) -> None:
    before = await stored(desk, headers)

    answer = await desk.send(PAGE, PAGE, **{**TYPED, "postal_code": "L-9999", **typed})

    name = next(iter(typed))
    assert answer.status_code == 422
    assert f'<p class="problem" id="{name}-about">{problem}</p>' in answer.text
    assert answer.text.count('class="problem"') == 1
    assert Read(answer.text).form(PAGE).fields["postal_code"] == "L-9999"
    assert await stored(desk, headers) == before


async def test_change_on_what_somebody_else_changed_is_noticed(
    desk: Browser, headers: dict[str, str]
) -> None:
    _, shown = await desk.open(PAGE)
    form = shown.form(PAGE)
    theirs = {name: value for name, value in STORED.items() if name != "is_set_up"}
    await desk.client.put(API, json={**theirs, "city": "Esch"}, headers=headers)

    late = await desk.client.post(form.action, data={**form.fields, **TYPED})
    between = await stored(desk, headers)
    again = Read(late.text).form(PAGE)
    anyway = await desk.client.post(again.action, data={**again.fields, "footer": ""})

    assert (late.status_code, "Somebody else changed the settings" in late.text) == (409, True)
    assert between["city"] == "Esch"
    assert anyway.status_code == 303
    assert (await stored(desk, headers))["city"] == "Luxembourg"


async def test_form_of_another_site_changes_nothing(desk: Browser, headers: dict[str, str]) -> None:
    await desk.open(PAGE)

    answer = await desk.client.post(f"/vendor{PAGE}", data=TYPED)

    assert answer.status_code == 403
    assert not (await stored(desk, headers))["is_set_up"]


@pytest.mark.parametrize("role", ["staff", "viewer"])
async def test_others_than_owners_see_and_do_not_change(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database, role: str
) -> None:
    person = await create_vendor_user(database, storefront.vendor, role=role)
    desk = desk_browser(client, storefront.settings, person)
    _, before = await desk.open(PAGE)
    issuer = {name: value for name, value in STORED.items() if name != "is_set_up"}
    await client.put(API, json=issuer, headers=headers)

    seen, read = await desk.open(PAGE)
    sent = await client.post(f"/vendor{PAGE}", data={**read.forms[0].fields, **TYPED, "city": "Esch"})

    assert "Without this the shop issues no invoices." in before.text
    assert [form.action for form in read.forms] == ["/vendor/logout"]
    assert "Acme <S.A.> Address 1, rue de la Gare L-1616 Luxembourg Luxembourg" in read.text
    assert "VAT number LU12345678 Tax number None" in read.text
    assert "Manager: Olga Owner" in read.text
    assert "<S.A.>" not in seen.text
    assert sent.status_code == 403
    assert (await stored(desk, headers))["city"] == "Luxembourg"
