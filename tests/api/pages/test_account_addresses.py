"""The pages of the address book."""

import httpx
import pytest

from db.queries import addresses
from db.tables import CustomerAddress
from tests.api.pages.browsing import Read, browser_of
from tests.api.storefront import Storefront
from tests.builders import create_address, create_customer

BOOK = "/account/addresses"
TYPED = {
    "first_name": "Ana",
    "last_name": "Berg",
    "address_line1": "2 Side Street",
    "city": "Metz",
    "postal_code": "57000",
    "country": "FR",
}


async def _book(storefront: Storefront) -> list[CustomerAddress]:
    async with storefront.database.reading(storefront.vendor.id) as session:
        return list(await addresses.list_addresses(session, customer_id=storefront.customer.id))


async def test_new_address_is_in_the_book_and_may_become_the_default(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)

    answer = await browser.send(f"{BOOK}/new", BOOK, **TYPED, is_default="true")
    _, page = await browser.open(BOOK)

    assert (answer.status_code, answer.headers["location"]) == (303, f"{browser.shop}{BOOK}")
    book = await _book(storefront)
    assert [(entry.city, entry.is_default) for entry in book] == [("Metz", True), ("Luxembourg", False)]
    assert "57000 Metz France" in page.text


async def test_countries_are_those_with_a_rate_in_the_visitors_language(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)

    answer = await client.get(f"{browser.shop}{BOOK}/new", headers={"Accept-Language": "de"})
    page = Read(answer.text)

    assert {"LU", "FR", "DE", "BE"} <= set(page.options)
    assert "US" not in page.options
    assert [code for code, selected in page.options.items() if selected] == ["LU"]
    assert "Frankreich" in page.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"city": " "}, "Please fill this in."),
        ({"postal_code": "1" * 21}, "This is too long."),
        ({"country": "US"}, "We do not sell to this country yet."),
        ({"country": "??"}, "We do not sell to this country yet."),
        ({"first_name": "a\x00b"}, "Please check this."),
    ],
)
async def test_faults_are_said_beside_their_fields_and_nothing_is_lost(
    client: httpx.AsyncClient, storefront: Storefront, changes: dict[str, str], said: str
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)

    answer = await browser.send(f"{BOOK}/new", BOOK, **{**TYPED, **changes})
    page = Read(answer.text)

    assert answer.status_code == 422
    assert said in page.text
    assert page.form(BOOK).fields["address_line1"] == "2 Side Street"
    assert len(await _book(storefront)) == 1


async def test_address_is_changed_made_default_and_deleted(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)
    path = f"{BOOK}/{storefront.address.id}"

    changed = await browser.send(path, path, city="Esch")
    preferred = await browser.send(BOOK, f"{path}/default")
    entry = (await _book(storefront))[0]
    _, page = await browser.open(BOOK)
    form = page.form(f"{path}/delete")
    deleted = [await client.post(form.action, data=form.fields) for _ in range(2)]

    assert [answer.status_code for answer in (changed, preferred, *deleted)] == [303] * 4
    assert (entry.city, entry.is_default) == ("Esch", True)
    assert await _book(storefront) == []


async def test_addresses_of_others_are_not_there(client: httpx.AsyncClient, storefront: Storefront) -> None:
    neighbour = await create_customer(storefront.database, storefront.vendor)
    own = await create_address(storefront.database, neighbour)
    browser = browser_of(client, storefront.settings, neighbour)
    path = f"{BOOK}/{storefront.address.id}"

    shown, _ = await browser.open(path)
    _, page = await browser.open(f"{BOOK}/{own.id}")
    fields = {**page.form(str(own.id)).fields, "city": "Taken"}
    answers = [
        await client.post(f"{browser.shop}{path}{action}", data=fields)
        for action in ("", "/default", "/delete")
    ]

    assert shown.status_code == 404
    assert [answer.status_code for answer in answers] == [404, 404, 303]
    assert [entry.city for entry in await _book(storefront)] == ["Luxembourg"]


@pytest.mark.parametrize("action", ["", "/1", "/1/default", "/1/delete"])
async def test_changes_need_our_own_form(
    client: httpx.AsyncClient, storefront: Storefront, action: str
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)
    await browser.open(BOOK)

    answer = await client.post(f"{browser.shop}{BOOK}{action}", data={**TYPED, "csrf_token": "guessed"})

    assert answer.status_code == 403
    assert len(await _book(storefront)) == 1
