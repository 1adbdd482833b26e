"""The shop's catalogue, customers and address books."""

from decimal import Decimal

import httpx

from api.passwords import hash_password
from api.tokens import Audience, Claims
from db.session import Database
from settings import Settings
from tests.api.storefront import Storefront, bearer, code, customer_headers, shop_path
from tests.builders import create_address, create_customer, create_product, create_vendor

ADDRESS = {
    "first_name": "Jane",
    "last_name": "Doe",
    "address_line1": "1 Rue de la Gare",
    "city": "Metz",
    "postal_code": "57000",
    "country": " fr ",
}
JANE = {"email": " Jane@Example.com ", "password": "correct horse", "first_name": "Jane", "last_name": "Doe"}


async def test_products_are_listed_newest_first(client: httpx.AsyncClient, storefront: Storefront) -> None:
    await create_product(storefront.database, storefront.vendor, title="Gone", is_active=False)
    await create_product(storefront.database, await create_vendor(storefront.database), title="Elsewhere")

    response = await client.get(f"{storefront.path}/products")

    assert [product["title"] for product in response.json()] == ["Tea pot", "Coffee mug"]
    assert '"price":19.90,"currency":"EUR"' in response.text
    assert response.json()[0]["in_stock"] is True
    assert response.json()[0]["available_quantity"] == 5


async def test_products_are_found_by_words_of_title_and_sku(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    await create_product(storefront.database, storefront.vendor, title="100% cotton_bag", sku="BAG-7")

    async def titles(search: str) -> list[str]:
        found = await client.get(f"{storefront.path}/products", params={"search": search})
        return [product["title"] for product in found.json()]

    assert await titles("mug COFFEE") == ["Coffee mug"]
    assert await titles("bag-7 cotton") == ["100% cotton_bag"]
    assert await titles("%") == ["100% cotton_bag"]
    assert await titles("_") == ["100% cotton_bag"]
    assert await titles("coffee tea") == []
    assert len(await titles("  ")) == 3


async def test_products_are_paged_by_skip_and_by_cursor(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    path = f"{storefront.path}/products"

    first = await client.get(path, params={"limit": 1})
    second = await client.get(first.links["next"]["url"])
    skipped = await client.get(path, params={"limit": 1, "skip": 1})

    assert first.json()[0]["title"] == "Tea pot"
    assert second.json()[0]["title"] == "Coffee mug"
    assert skipped.json() == second.json()
    assert "next" not in second.links


async def test_product_that_left_the_shop_is_shown_as_sold_out(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    gone = await create_product(storefront.database, storefront.vendor, is_active=False, price=Decimal(3))
    elsewhere = await create_product(storefront.database, await create_vendor(storefront.database))

    shown = await client.get(f"{storefront.path}/products/{gone.id}")
    missing = await client.get(f"{storefront.path}/products/{elsewhere.id}")

    assert (shown.json()["in_stock"], shown.json()["available_quantity"]) == (False, 0)
    assert (missing.status_code, code(missing)) == (404, "product_not_found")


async def test_closed_and_unknown_shops_are_the_same(client: httpx.AsyncClient, database: Database) -> None:
    closed = await create_vendor(database, is_active=False)

    for path in (shop_path(closed), "/api/v1/public/vendors/999999"):
        for answer in (
            await client.get(f"{path}/products"),
            await client.get(f"{path}/cart/some-session-00001"),
            await client.post(f"{path}/customers/register", json=JANE),
            await client.post(f"{path}/customers/login", json={"email": "a@b.example", "password": "x"}),
        ):
            assert (answer.status_code, code(answer)) == (404, "vendor_not_found")


async def test_customer_registers_and_signs_in(client: httpx.AsyncClient, storefront: Storefront) -> None:
    registered = await client.post(f"{storefront.path}/customers/register", json=JANE)
    again = await client.post(
        f"{storefront.path}/customers/register", json={**JANE, "email": "JANE@example.COM"}
    )
    signed_in = await client.post(
        f"{storefront.path}/customers/login", json={"email": "jane@EXAMPLE.com", "password": "correct horse"}
    )

    assert registered.status_code == 201, registered.text
    assert registered.json()["token_type"] == "bearer"
    assert registered.json()["customer"]["email"] == "jane@example.com"
    assert (again.status_code, code(again)) == (409, "email_taken")
    assert signed_in.json()["customer"] == registered.json()["customer"]
    headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    mine = await client.get(f"{storefront.path}/orders/my-orders", headers=headers)
    assert (mine.status_code, mine.json()) == (200, [])


async def test_sign_in_tells_nothing_about_what_is_wrong(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    await create_customer(
        storefront.database,
        storefront.vendor,
        email="known@example.com",
        password_hash=hash_password("correct horse"),
    )
    path = f"{storefront.path}/customers/login"

    wrong = await client.post(path, json={"email": "known@example.com", "password": "wrong horse"})
    unknown = await client.post(path, json={"email": "nobody@example.com", "password": "correct horse"})

    assert (wrong.status_code, code(wrong)) == (401, "invalid_credentials")
    assert unknown.json() == wrong.json()


async def test_same_address_may_register_at_two_shops(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    other = await create_vendor(storefront.database)

    assert (await client.post(f"{storefront.path}/customers/register", json=JANE)).status_code == 201
    assert (await client.post(f"{shop_path(other)}/customers/register", json=JANE)).status_code == 201


async def test_address_book_is_kept(client: httpx.AsyncClient, storefront: Storefront) -> None:
    path, headers = f"{storefront.path}/customers/addresses", storefront.headers

    added = await client.post(path, json={**ADDRESS, "company": "", "is_default": True}, headers=headers)
    own = f"{path}/{added.json()['id']}"
    replaced = await client.put(
        own, json={**ADDRESS, "company": "Doe & Co", "country": "DE"}, headers=headers
    )
    read = await client.get(own, headers=headers)
    listed = await client.get(path, headers=headers)
    deleted = await client.delete(own, headers=headers)
    gone = await client.get(own, headers=headers)

    assert added.status_code == 201, added.text
    assert (added.json()["country"], added.json()["company"], added.json()["phone"]) == ("FR", None, None)
    assert (replaced.json()["company"], replaced.json()["is_default"]) == ("Doe & Co", False)
    assert read.json() == replaced.json()
    assert [address["id"] for address in listed.json()] == [storefront.address.id, added.json()["id"]]
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (gone.status_code, code(gone)) == (404, "address_not_found")


async def test_one_address_is_the_default(client: httpx.AsyncClient, storefront: Storefront) -> None:
    path, headers = f"{storefront.path}/customers/addresses", storefront.headers

    first = await client.post(path, json={**ADDRESS, "is_default": True}, headers=headers)
    second = await client.post(path, json={**ADDRESS, "is_default": True}, headers=headers)
    await client.put(f"{path}/{first.json()['id']}", json={**ADDRESS, "is_default": True}, headers=headers)

    listed = (await client.get(path, headers=headers)).json()
    assert [address["id"] for address in listed if address["is_default"]] == [first.json()["id"]]
    assert listed[0]["id"] == first.json()["id"]
    assert second.status_code == 201


async def test_nothing_is_sold_to_unknown_countries(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    path = f"{storefront.path}/customers/addresses"

    for country in ("US", "ZZ", "1!"):
        answer = await client.post(path, json={**ADDRESS, "country": country}, headers=storefront.headers)
        assert (answer.status_code, code(answer)) == (422, "country_not_supported")


async def test_addresses_of_others_do_not_exist(client: httpx.AsyncClient, storefront: Storefront) -> None:
    stranger = await create_customer(storefront.database, storefront.vendor)
    theirs = await create_address(storefront.database, stranger)
    path = f"{storefront.path}/customers/addresses/{theirs.id}"

    for answer in (
        await client.get(path, headers=storefront.headers),
        await client.put(path, json=ADDRESS, headers=storefront.headers),
        await client.delete(path, headers=storefront.headers),
    ):
        assert (answer.status_code, code(answer)) == (404, "address_not_found")


async def test_tokens_open_only_their_own_shop(
    client: httpx.AsyncClient, storefront: Storefront, lone_settings: Settings
) -> None:
    other = await create_vendor(storefront.database)
    elsewhere = await create_customer(storefront.database, other)
    path = f"{storefront.path}/orders/my-orders"
    staff = bearer(lone_settings, Audience.VENDOR, Claims(id=1, vendor_id=storefront.vendor.id, role="owner"))
    cases = [
        ({}, 401, "token_invalid"),
        ({"Authorization": "Basic amFuZTpkb2U="}, 401, "token_invalid"),
        ({"Authorization": "Bearer x.y.z"}, 401, "token_invalid"),
        (customer_headers(lone_settings, elsewhere), 401, "token_invalid"),
        (staff, 403, "forbidden"),
    ]

    for headers, status, wanted in cases:
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, code(answer)) == (status, wanted)
