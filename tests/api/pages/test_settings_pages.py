"""The desk's settings as forms."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from tests.api.backoffice import create_order, vendor_headers
from tests.api.pages.browsing import Browser, Read, desk_browser
from tests.api.storefront import Storefront
from tests.builders import create_shipping_method, create_vendor, create_vendor_user

SETTINGS = "/api/v1/vendor/settings"


@pytest_asyncio.fixture
async def headers(storefront: Storefront, database: Database) -> dict[str, str]:
    return vendor_headers(storefront.settings, await create_vendor_user(database, storefront.vendor))


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, storefront: Storefront, database: Database) -> Browser:
    owner = await create_vendor_user(database, storefront.vendor)
    return desk_browser(client, storefront.settings, owner)


async def stored(desk: Browser, headers: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = (await desk.client.get(SETTINGS, headers=headers)).json()
    return answer


# What a browser sends besides, because it is ticked.
TICKED = {
    "payment_methods": "stripe",
    "capture_method": "automatic",
    "capture_expiry": "cancel",
    "time_zone": "UTC",
}


async def save(desk: Browser, **typed: str) -> httpx.Response:
    return await desk.send("/settings", "/settings", **{"payment_instructions": "", **TICKED, **typed})


async def test_settings_are_saved_and_windows_are_in_the_units_that_were_typed(
    desk: Browser, headers: dict[str, str]
) -> None:
    answer = await save(
        desk,
        order_number_prefix="shop7",
        payment_window="2",
        payment_window_unit="hours",
        payment_instructions="IBAN LU28 …",
        tax_shipping="true",
        time_zone="Europe/Vienna",
        currency="SEK",
    )
    after = await stored(desk, headers)
    seen, read = await desk.open("/settings?saved=1")

    assert (answer.status_code, answer.headers["location"]) == (303, "/vendor/settings?saved=1")
    assert {name: after[name] for name in ("order_number_prefix", "payment_window", "tax_shipping")} == {
        "order_number_prefix": "SHOP7",
        "payment_window": 7200,
        "tax_shipping": True,
    }
    assert (after["payment_methods"], after["currency"]) == (["stripe"], "SEK")
    assert (after["time_zone"], after["payment_instructions"]) == ("Europe/Vienna", "IBAN LU28 …")
    assert "Saved." in read.text
    assert read.form("/settings").fields["payment_window"] == "2"
    assert seen.status_code == 200


async def test_example_is_what_an_order_would_cost(desk: Browser) -> None:
    _, read = await desk.open("/settings")

    # LU 17 %, prices without tax, shipping of 5.90 untaxed; and with the tax on both.
    assert "Goods €100.00 Shipping €5.90 Tax €17.00 The customer pays €122.90" in read.text
    assert "Goods €100.00 Shipping €5.90 Tax €18.00 The customer pays €123.90" in read.text
    assert "Goods €100.00 Shipping €5.90 Contained tax €15.39 The customer pays €105.90" in read.text


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"payment_window": "4", "payment_window_unit": "minutes"}, "This is too little."),
        ({"payment_window": "3", "payment_window_unit": "days"}, "This is too much."),
        ({"return_window": "a while"}, "Please check this."),
        ({"order_number_prefix": "7UP"}, "An order number prefix has 2 to 12 characters"),
        ({"currency": "KWD"}, "Amounts in this currency are not supported."),
        ({"payment_methods": "barter"}, "Please choose one."),
        ({"time_zone": "Mars/Olympus"}, "Please check this."),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(
    desk: Browser, headers: dict[str, str], typed: dict[str, str], problem: str
) -> None:
    before = await stored(desk, headers)

    answer = await save(desk, **typed)

    assert answer.status_code == 422
    assert problem in Read(answer.text).text
    assert f'id="{next(iter(typed))}-about"' in answer.text
    assert await stored(desk, headers) == before


async def test_prefix_of_another_shop_is_refused(desk: Browser, database: Database) -> None:
    await create_vendor(database, order_number_prefix="TAKEN")

    answer = await save(desk, order_number_prefix="TAKEN")

    assert (answer.status_code, "Another shop uses this order number prefix." in answer.text) == (422, True)


async def test_change_on_what_somebody_else_changed_is_noticed(
    desk: Browser, headers: dict[str, str]
) -> None:
    _, shown = await desk.open("/settings")
    form = shown.form("/settings")
    await desk.client.put(SETTINGS, json={"return_window": 0}, headers=headers)

    late = await desk.client.post(form.action, data={**form.fields, **TICKED, "return_window": "9"})
    between = await stored(desk, headers)
    again = Read(late.text).form("/settings")
    anyway = await desk.client.post(again.action, data={**again.fields, **TICKED})

    assert (late.status_code, "Somebody else changed the settings" in late.text) == (409, True)
    assert between["return_window"] == 0
    assert again.fields["return_window"] == "9"
    assert anyway.status_code == 303
    assert (await stored(desk, headers))["return_window"] == 9 * 86_400


async def test_currency_is_shown_and_not_asked_for_once_there_are_orders(
    desk: Browser, database: Database, storefront: Storefront, headers: dict[str, str]
) -> None:
    await create_order(database, storefront.customer, storefront.mug)
    _, read = await desk.open("/settings")

    answer = await save(desk, currency="SEK")

    assert "There are orders in it" in read.text
    assert "currency" not in read.form("/settings").fields
    assert answer.status_code == 303
    assert (await stored(desk, headers))["currency"] == "EUR"


async def test_shipping_rates_are_added_changed_moved_switched_and_deleted(
    desk: Browser, headers: dict[str, str]
) -> None:
    async def rates() -> list[tuple[object, ...]]:
        found = (await stored(desk, headers))["shipping_rates"]
        return [(rate["code"], rate["price"], rate["countries"], rate["is_active"]) for rate in found]

    client = desk.client
    _, read = await desk.open("/settings/shipping/new")
    form = read.form("/settings/shipping")
    near = {
        **form.fields,
        "name": "By post",
        "code": "standard",
        "price": "9,50",
        "where": "some",
        "countries": ["FR", "DE"],
        "is_active": "true",
    }
    added = await client.post(form.action, data=near)
    assert added.headers["location"] == "/vendor/settings/shipping?done=saved"
    assert await rates() == [("standard", 5.9, [], True), ("standard", 9.5, ["DE", "FR"], True)]

    _, page = await desk.open("/settings/shipping")
    assert "By post standard Germany, France €9.50" in page.text
    assert "Everywhere else" in page.text
    path = next(link for link in reversed(page.links) if link.rsplit("/", 1)[1].isdigit())
    path = path.removeprefix("/vendor")
    assert (await desk.send("/settings/shipping", "/move?up=true")).status_code == 303
    assert [rate[1] for rate in await rates()] == [9.5, 5.9]
    switched = await desk.send("/settings/shipping", f"{path}/switch")
    assert (switched.status_code, (await rates())[0][3]) == (303, False)

    changed = await desk.send(path, path, price="8", where="", countries="")
    assert changed.status_code == 422
    assert "two prices" in changed.text
    assert (await desk.send(path, f"{path}/delete")).status_code == 303
    assert await rates() == [("standard", 5.9, [], True)]
    gone = await client.get(f"/vendor{path}")
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"price": "much"}, "Please enter an amount such as 19.90"),
        ({"price": "-1"}, "This is too little."),
        ({"code": "by post"}, "Please check this."),
        ({"name": ""}, "Please fill this in."),
        ({"where": "some"}, "Please choose at least one country."),
        ({"where": "some", "countries": "US"}, "We do not sell to this country yet."),
        ({"code": "standard"}, "two prices"),
    ],
)
async def test_rate_that_cannot_be_is_refused_beside_its_field(
    desk: Browser, headers: dict[str, str], typed: dict[str, str], problem: str
) -> None:
    given = {"name": "By post", "code": "post", "price": "1", "where": "", "is_active": "true", **typed}

    answer = await desk.send("/settings/shipping/new", "/settings/shipping", **given)

    assert (answer.status_code, problem in answer.text) == (422, True), answer.text
    assert len((await stored(desk, headers))["shipping_rates"]) == 1


async def test_rate_is_not_saved_over_what_somebody_else_changed(
    desk: Browser, headers: dict[str, str], storefront: Storefront, database: Database
) -> None:
    rate = await create_shipping_method(database, storefront.vendor, code="bike")
    path = f"/settings/shipping/{rate.id}"
    _, shown = await desk.open(path)
    form = shown.form(path)
    await desk.client.put(SETTINGS, json={"tax_shipping": True}, headers=headers)

    late = await desk.client.post(form.action, data={**form.fields, "price": "1", "where": ""})
    moved = await desk.client.post(f"{form.action}/move", data=form.fields)

    assert (late.status_code, "Somebody else changed the settings" in late.text) == (409, True)
    assert moved.headers["location"] == "/vendor/settings/shipping?done=conflict"
    assert {rate["price"] for rate in (await stored(desk, headers))["shipping_rates"]} == {5.9}


@pytest.mark.parametrize("role", ["staff", "viewer"])
async def test_others_than_owners_see_and_do_not_change(
    client: httpx.AsyncClient, storefront: Storefront, database: Database, role: str
) -> None:
    desk = desk_browser(
        client, storefront.settings, await create_vendor_user(database, storefront.vendor, role=role)
    )

    for page in ("/settings", "/settings/shipping", "/settings/people"):
        _, read = await desk.open(page)
        assert [form.action for form in read.forms] == ["/vendor/logout"], page
    csrf = read.forms[0].fields
    for page in ("/settings", "/settings/shipping", "/settings/people"):
        assert (await client.post(f"/vendor{page}", data=csrf)).status_code == 403
