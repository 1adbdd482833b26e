"""Carts and quotes."""

import asyncio

import httpx
import pytest
from sqlalchemy import update

from db.session import Database
from db.tables import Inventory, Product
from settings import Settings
from tests.api.storefront import (
    Storefront,
    code,
    customer_headers,
    new_session_id,
    open_storefront,
    shop_path,
)
from tests.builders import create_address, create_customer, create_product, create_vendor


@pytest.fixture
def cart_path(storefront: Storefront) -> str:
    return f"{storefront.path}/cart/{new_session_id()}"


async def test_unknown_session_is_an_empty_cart(client: httpx.AsyncClient, cart_path: str) -> None:
    response = await client.get(cart_path)

    assert response.status_code == 200
    assert (response.json()["id"], response.json()["version"], response.json()["items"]) == (None, 0, [])
    assert '"currency":"EUR","subtotal":0.00' in response.text


async def test_cart_adds_up_and_moves_its_version(
    client: httpx.AsyncClient, storefront: Storefront, cart_path: str
) -> None:
    mug = {"product_id": storefront.mug.id, "quantity": 2}
    first = await client.post(f"{cart_path}/items", json=mug)
    more = await client.post(f"{cart_path}/items", json=mug)
    item = f"{cart_path}/items/{more.json()['items'][0]['id']}"
    fewer = await client.put(item, json={"quantity": 3})
    same = await client.put(item, json={"quantity": 3})
    emptied = await client.delete(item)
    read = await client.get(cart_path)

    assert first.status_code == 200, first.text
    assert [line["quantity"] for line in more.json()["items"]] == [4]
    assert '"quantity":4,"unit_price":19.90,"line_total":79.60,"available":true' in more.text
    assert '"subtotal":79.60' in more.text
    versions = [answer.json()["version"] for answer in (first, more, fewer, same, emptied)]
    assert versions == [versions[0], versions[0] + 1, versions[0] + 2, versions[0] + 2, versions[0] + 3]
    assert emptied.json()["items"] == []
    assert read.json() == emptied.json()


async def test_simultaneous_changes_all_count(
    client: httpx.AsyncClient, storefront: Storefront, cart_path: str
) -> None:
    mug = {"product_id": storefront.mug.id, "quantity": 1}

    answers = await asyncio.gather(*(client.post(f"{cart_path}/items", json=mug) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200}
    cart = (await client.get(cart_path)).json()
    assert [line["quantity"] for line in cart["items"]] == [8]
    assert cart["version"] == max(answer.json()["version"] for answer in answers)


async def test_more_than_there_is_cannot_be_put_in(
    client: httpx.AsyncClient, storefront: Storefront, cart_path: str
) -> None:
    await client.post(f"{cart_path}/items", json={"product_id": storefront.pot.id, "quantity": 4})

    over = await client.post(f"{cart_path}/items", json={"product_id": storefront.pot.id, "quantity": 2})

    assert (over.status_code, code(over)) == (409, "insufficient_stock")
    assert (over.json()["requested"], over.json()["available_quantity"]) == (6, 5)
    assert over.json()["product_title"] == "Tea pot"
    assert (await client.get(cart_path)).json()["items"][0]["quantity"] == 4


async def test_cart_shows_present_prices_and_availability(
    client: httpx.AsyncClient, storefront: Storefront, cart_path: str
) -> None:
    await client.post(f"{cart_path}/items", json={"product_id": storefront.pot.id, "quantity": 4})
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await session.execute(update(Product).where(Product.id == storefront.pot.id).values(price=50))
        await session.execute(
            update(Inventory).where(Inventory.product_id == storefront.pot.id).values(available_quantity=3)
        )

    line = (await client.get(cart_path)).json()["items"][0]

    assert (line["unit_price"], line["line_total"], line["available"]) == (50.0, 200.0, False)


async def test_products_that_are_not_sold_here_cannot_be_put_in(
    client: httpx.AsyncClient, storefront: Storefront, cart_path: str
) -> None:
    gone = await create_product(storefront.database, storefront.vendor, is_active=False)
    elsewhere = await create_product(storefront.database, await create_vendor(storefront.database))

    inactive = await client.post(f"{cart_path}/items", json={"product_id": gone.id, "quantity": 1})
    foreign = await client.post(f"{cart_path}/items", json={"product_id": elsewhere.id, "quantity": 1})

    assert (inactive.status_code, code(inactive)) == (409, "product_unavailable")
    assert (foreign.status_code, code(foreign)) == (404, "product_not_found")
    assert (await client.get(cart_path)).json()["id"] is None


async def test_first_customer_to_use_a_cart_owns_it(
    client: httpx.AsyncClient, storefront: Storefront, cart_path: str, lone_settings: Settings
) -> None:
    other = customer_headers(lone_settings, await create_customer(storefront.database, storefront.vendor))
    body = {"product_id": storefront.mug.id, "quantity": 1}
    await client.post(f"{cart_path}/items", json=body)

    bound = await client.get(cart_path, headers=storefront.headers)
    line = f"{cart_path}/items/{bound.json()['items'][0]['id']}"

    assert bound.status_code == 200
    for headers in (other, {}):
        for answer in (
            await client.get(cart_path, headers=headers),
            await client.post(f"{cart_path}/items", json=body, headers=headers),
            await client.put(line, json={"quantity": 2}, headers=headers),
            await client.delete(line, headers=headers),
        ):
            assert (answer.status_code, code(answer)) == (404, "cart_not_found")
    assert (await client.get(cart_path, headers=storefront.headers)).json() == bound.json()


async def test_cart_with_a_bad_token_is_not_anonymous(client: httpx.AsyncClient, cart_path: str) -> None:
    response = await client.get(cart_path, headers={"Authorization": "Bearer nonsense"})

    assert (response.status_code, code(response)) == (401, "token_invalid")


async def test_lines_of_other_carts_do_not_exist(
    client: httpx.AsyncClient, storefront: Storefront, cart_path: str
) -> None:
    theirs = await client.post(
        f"{storefront.path}/cart/{new_session_id()}/items",
        json={"product_id": storefront.mug.id, "quantity": 1},
    )
    line = theirs.json()["items"][0]["id"]
    await client.post(f"{cart_path}/items", json={"product_id": storefront.mug.id, "quantity": 1})

    changed = await client.put(f"{cart_path}/items/{line}", json={"quantity": 2})
    removed = await client.delete(f"{cart_path}/items/{line}")
    nowhere = await client.delete(f"{storefront.path}/cart/{new_session_id()}/items/{line}")

    assert (changed.status_code, code(changed)) == (404, "cart_item_not_found")
    assert (removed.status_code, code(removed)) == (404, "cart_item_not_found")
    assert (nowhere.status_code, code(nowhere)) == (404, "cart_not_found")


async def test_same_session_id_at_two_shops_is_two_carts(
    client: httpx.AsyncClient, storefront: Storefront, cart_path: str
) -> None:
    other = await create_vendor(storefront.database, currency="SEK")
    await client.post(f"{cart_path}/items", json={"product_id": storefront.mug.id, "quantity": 1})

    elsewhere = await client.get(cart_path.replace(storefront.path, shop_path(other)))

    assert (elsewhere.json()["items"], elsewhere.json()["currency"]) == ([], "SEK")


async def test_quote_is_what_placing_will_charge(client: httpx.AsyncClient, storefront: Storefront) -> None:
    cart = await storefront.cart()
    body = {"session_id": cart.session_id, "shipping_address_id": storefront.address.id}

    response = await client.post(f"{storefront.path}/checkout/quote", json=body, headers=storefront.headers)

    assert response.status_code == 200, response.text
    assert response.text.startswith(
        '{"subtotal":88.80,"shipping_cost":5.90,"tax_amount":15.10,"discount_amount":0.00,'
        '"total_amount":109.80,"currency":"EUR","prices_include_tax":false'
    )
    quote = response.json()
    assert [line["tax_rate"] for line in quote["lines"]] == [17.0, 17.0]
    assert quote["tax_summary"] == [
        {"rate": 17.0, "base": 88.8, "tax": 15.1},
        {"rate": 0.0, "base": 5.9, "tax": 0.0},
    ]
    assert quote["shipping_methods"] == [{"code": "standard", "name": "Standard", "price": 5.9}]
    assert quote["payment_methods"] == ["stripe", "manual"]


async def test_quote_taxes_by_the_country_shipped_to(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    await storefront.cart([(storefront.mug, 1)])
    germany = await create_address(storefront.database, storefront.customer, country="DE")

    response = await client.post(
        f"{storefront.path}/checkout/quote",
        json={"shipping_address_id": germany.id},
        headers=storefront.headers,
    )

    assert '"tax_amount":3.78' in response.text


async def test_quote_contains_tax_where_prices_do(
    client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> None:
    storefront = await open_storefront(database, lone_settings, prices_include_tax=True)
    await storefront.cart([(storefront.mug, 1)])

    response = await client.post(
        f"{storefront.path}/checkout/quote",
        json={"shipping_address_id": storefront.address.id},
        headers=storefront.headers,
    )

    assert '"tax_amount":2.89,"discount_amount":0.00,"total_amount":25.80' in response.text


async def test_quote_refuses_what_cannot_be_ordered(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    path, address = f"{storefront.path}/checkout/quote", storefront.address.id

    async def refusal(**body: object) -> tuple[int, str]:
        answer = await client.post(path, json=body, headers=storefront.headers)
        return answer.status_code, code(answer)

    assert await refusal(shipping_address_id=address) == (404, "cart_not_found")
    empty = await storefront.cart([])
    assert await refusal(session_id=empty.session_id, shipping_address_id=address) == (409, "cart_empty")
    await storefront.cart([(storefront.pot, 6)])
    assert await refusal(shipping_address_id=address) == (409, "insufficient_stock")
    await storefront.cart()
    assert await refusal(shipping_address_id=2**40) == (422, "address_not_found")
    assert await refusal(shipping_address_id=address, shipping_method="drone") == (
        422,
        "shipping_method_unknown",
    )
