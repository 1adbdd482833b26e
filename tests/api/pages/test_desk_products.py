"""The desk's pages of products and their stock."""

import httpx
import pytest_asyncio
from sqlalchemy import select

from db.queries import catalogue
from db.session import Database
from db.tables import InventoryMovement
from tests.api.pages.browsing import Browser, Read, desk_browser
from tests.api.storefront import Storefront
from tests.builders import create_product, create_vendor_user, hold_stock


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, storefront: Storefront, database: Database) -> Browser:
    user = await create_vendor_user(database, storefront.vendor, role="staff")
    return desk_browser(client, storefront.settings, user)


async def _changes(storefront: Storefront, product_id: int) -> list[int]:
    statement = select(InventoryMovement.available_change).where(InventoryMovement.product_id == product_id)
    async with storefront.database.reading(storefront.vendor.id) as session:
        return list(await session.scalars(statement.order_by(InventoryMovement.id)))


async def test_table_shows_what_the_address_asks_for(
    desk: Browser, storefront: Storefront, database: Database
) -> None:
    await create_product(database, storefront.vendor, title="Off the shelf", is_active=False)
    await create_product(database, storefront.vendor, title="Nearly gone", available=2)
    await create_product(database, storefront.vendor, title="All gone", available=0)
    expected = {
        "": {"Off the shelf", "Nearly gone", "All gone", "Coffee mug"},
        "?show=active": {"Nearly gone", "All gone", "Coffee mug"},
        "?show=inactive": {"Off the shelf"},
        "?show=low": {"Nearly gone"},
        "?show=sold_out": {"All gone"},
        "?search=GONE&show=low": {"Nearly gone"},
        "?search=nothing": set(),
    }

    for query, titles in expected.items():
        _, page = await desk.open(f"/products{query}")
        shown = {title for title in expected[""] if title in page.text}
        assert shown == titles, query
    assert "No product matches this search." in page.text


async def test_new_product_is_typed_with_a_comma_and_refused_beside_its_field(
    desk: Browser, storefront: Storefront
) -> None:
    typed = {"title": "Cup", "sku": "CUP-1", "price": "7,50", "available_quantity": "12"}

    unclear = await desk.send("/products/new", "/products/new", **{**typed, "price": "1.234"})
    taken = await desk.send("/products/new", "/products/new", **{**typed, "sku": storefront.mug.sku})
    empty = await desk.send("/products/new", "/products/new", **{**typed, "title": " "})
    added = await desk.send("/products/new", "/products/new", **typed)

    assert "Thousands or decimals?" in Read(unclear.text).text
    assert "Another product has this SKU." in Read(taken.text).text
    assert "Please fill this in." in Read(empty.text).text
    assert added.status_code == 303
    page = Read((await desk.client.get(added.headers["location"])).text)
    assert "The product was added." in page.text
    assert (page.form("/stock").fields["seen"], "€7.50" in page.text, "Not on sale" in page.text) == (
        "12",
        True,
        True,
    )


async def test_saving_over_anothers_changes_shows_them_first(
    desk: Browser, storefront: Storefront, database: Database
) -> None:
    path = f"/products/{storefront.mug.id}"
    _, page = await desk.open(path)
    mine = {**page.form(path).fields, "price": "25,00", "is_active": "on"}
    async with database.vendor(storefront.vendor.id) as session:
        await catalogue.change_product(session, product_id=storefront.mug.id, changes={"title": "Their mug"})

    refused = await desk.client.post(f"/vendor{path}", data=mine)
    shown = Read(refused.text)
    async with database.reading(storefront.vendor.id) as session:
        kept = (await catalogue.get_stocked_product(session, product_id=storefront.mug.id)).product
    again = await desk.client.post(
        f"/vendor{path}", data={**mine, **shown.form(path).fields, "is_active": "on"}
    )
    async with database.reading(storefront.vendor.id) as session:
        saved = (await catalogue.get_stocked_product(session, product_id=storefront.mug.id)).product

    assert refused.status_code == 409
    assert "Somebody else saved this product" in shown.text
    assert "Their mug" in shown.text
    assert (kept.title, str(kept.price)) == ("Their mug", "19.90")
    assert again.status_code == 303
    assert (saved.title, str(saved.price)) == ("Coffee mug", "25.00")


async def test_stock_form_is_done_once_and_says_when_the_number_moved(
    desk: Browser, storefront: Storefront, database: Database
) -> None:
    path = f"/products/{storefront.mug.id}"
    _, page = await desk.open(path)
    form = page.form("/stock").fields | {"how": "add", "pieces": "5", "reason": "delivery"}

    twice = [await desk.client.post(f"/vendor{path}/stock", data=form) for _ in range(2)]
    _, page = await desk.open(path)
    counting = page.form("/stock").fields | {"how": "set", "pieces": "3", "reason": "counted"}
    async with database.vendor(storefront.vendor.id) as session:
        assert await hold_stock(session, storefront.mug, 2, "TEST-1")
    moved = await desk.client.post(f"/vendor{path}/stock", data=counting)

    assert [answer.status_code for answer in twice] == [303, 303]
    assert moved.status_code == 409
    assert "The stock moved from 15 to 13" in Read(moved.text).text
    assert Read(moved.text).form("/stock").fields["seen"] == "13"
    assert await _changes(storefront, storefront.mug.id) == [10, 5, -2]


async def test_stock_form_names_what_is_wrong(desk: Browser, storefront: Storefront) -> None:
    path = f"/products/{storefront.mug.id}"
    wrong = [
        ({"how": "take", "pieces": "11", "reason": "damaged"}, 409, "Only 10 can be taken"),
        ({"how": "set", "pieces": "x", "reason": "counted"}, 422, "Please enter a whole number."),
        ({"how": "add", "pieces": "1"}, 422, "Please"),
        ({"how": "add", "pieces": "1", "reason": "other"}, 422, "Another reason needs a note"),
        ({"how": "juggle", "pieces": "1", "reason": "counted"}, 422, "Stock"),
    ]

    for typed, status, said in wrong:
        answer = await desk.send(path, "/stock", **typed)
        assert (answer.status_code, said in Read(answer.text).text) == (status, True), typed
    assert await _changes(storefront, storefront.mug.id) == [10]


async def test_viewer_sees_products_without_forms(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    viewer = await create_vendor_user(database, storefront.vendor, role="viewer")
    desk = desk_browser(client, storefront.settings, viewer)

    answer, page = await desk.open(f"/products/{storefront.mug.id}")
    _, table = await desk.open("/products")

    assert answer.status_code == 200
    assert [form.action for form in page.forms] == ["/vendor/logout"]
    assert "/vendor/products/new" not in table.links
