"""Guests: customers without a password, who see nothing but what they did themselves."""

import asyncio
from collections import Counter
from typing import Any

import httpx
from sqlalchemy import func, select, text

from db.session import Database
from db.tables import Customer, SignInAttempt
from domain.request_limits import MOST_GUESTS_FROM_ONE_ADDRESS
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, create_order, vendor_headers
from tests.api.storefront import Storefront, code, new_session_id, shop_path
from tests.builders import create_address, create_customer, create_vendor, create_vendor_user

EMAIL = "jane@example.com"
ADDRESS = {
    "first_name": "Jane",
    "last_name": "Guest",
    "address_line1": "1 Rue de la Gare",
    "city": "Luxembourg",
    "postal_code": "1616",
    "country": "LU",
}


async def enter(client: httpx.AsyncClient, storefront: Storefront, email: str = EMAIL) -> dict[str, Any]:
    """A new guest's session."""
    answer = await client.post(f"{storefront.path}/customers/guest", json={"email": email})
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


def signed_in(session: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['access_token']}"}


async def test_guest_is_a_new_customer_each_time(client: httpx.AsyncClient, storefront: Storefront) -> None:
    first = await enter(client, storefront, "Jane@Example.com")
    second = await enter(client, storefront)

    assert first["customer"] == {
        "id": first["customer"]["id"],
        "email": EMAIL,
        "first_name": "",
        "last_name": "",
        "is_guest": True,
    }
    assert second["customer"]["id"] != first["customer"]["id"]
    assert set(first) == {"access_token", "token_type", "customer"}


async def test_registered_customer_is_no_guest(client: httpx.AsyncClient, storefront: Storefront) -> None:
    person = {"email": EMAIL, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"}
    await enter(client, storefront)

    registered = await client.post(f"{storefront.path}/customers/register", json=person)
    signed = await client.post(
        f"{storefront.path}/customers/login", json={"email": EMAIL, "password": PASSWORD}
    )
    await enter(client, storefront)
    again = await client.post(f"{storefront.path}/customers/register", json=person)

    assert (registered.status_code, registered.json()["customer"]["is_guest"]) == (201, False)
    assert (signed.status_code, signed.json()["customer"]) == (200, registered.json()["customer"])
    assert (again.status_code, code(again)) == (409, "email_taken")


async def test_guest_with_the_address_of_an_account_sees_nothing_of_it(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    owner = await create_customer(database, storefront.vendor, email=EMAIL, password_hash=PASSWORD_HASH)
    address = await create_address(database, owner)
    order = await create_order(database, owner, storefront.mug)
    session = await enter(client, storefront)
    path, headers = storefront.path, signed_in(session)

    addresses = await client.get(f"{path}/customers/addresses", headers=headers)
    listed = await client.get(f"{path}/orders/my-orders", headers=headers)
    one_address = await client.get(f"{path}/customers/addresses/{address.id}", headers=headers)
    one_order = await client.get(f"{path}/orders/my-orders/{order.id}", headers=headers)
    cancelled = await client.post(f"{path}/orders/my-orders/{order.id}/cancel", headers=headers)

    assert session["customer"]["first_name"] == ""
    assert (addresses.json(), listed.json()) == ([], [])
    assert [one_address.status_code, one_order.status_code, cancelled.status_code] == [404, 404, 404]


async def test_registering_does_not_take_over_what_a_guest_ordered(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    guest = await create_customer(database, storefront.vendor, email=EMAIL, password_hash=None)
    await create_order(database, guest, storefront.mug)
    person = {"email": EMAIL, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"}

    registered = (await client.post(f"{storefront.path}/customers/register", json=person)).json()
    listed = await client.get(f"{storefront.path}/orders/my-orders", headers=signed_in(registered))

    assert listed.json() == []


async def test_nobody_signs_in_as_a_guest(client: httpx.AsyncClient, storefront: Storefront) -> None:
    await enter(client, storefront)
    path = f"{storefront.path}/customers/login"

    for password in ("x", "None", PASSWORD):
        answer = await client.post(path, json={"email": EMAIL, "password": password})
        assert (answer.status_code, code(answer)) == (401, "invalid_credentials")


async def test_guest_is_named_by_the_first_address_they_save(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    headers = signed_in(await enter(client, storefront))
    path = f"{storefront.path}/customers/addresses"
    for first_name in ("Jane", "Somebody Else"):
        added = await client.post(path, json={**ADDRESS, "first_name": first_name}, headers=headers)
        assert added.status_code == 201, added.text
    await client.post(path, json={**ADDRESS, "first_name": "Another"}, headers=storefront.headers)

    async with database.platform() as session:
        guest = (await session.scalars(select(Customer).where(Customer.email == EMAIL))).one()
        registered = await session.get_one(Customer, storefront.customer.id)
    assert (guest.first_name, guest.last_name) == ("Jane", "Guest")
    assert (registered.first_name, registered.last_name) == ("Jane", "Doe")


async def test_guest_fills_a_cart_and_is_quoted(client: httpx.AsyncClient, storefront: Storefront) -> None:
    headers = signed_in(await enter(client, storefront))
    path, session_id = storefront.path, new_session_id()
    item = {"product_id": storefront.mug.id, "quantity": 2}

    filled = await client.post(f"{path}/cart/{session_id}/items", json=item, headers=headers)
    address = (await client.post(f"{path}/customers/addresses", json=ADDRESS, headers=headers)).json()
    checkout = {"session_id": session_id, "shipping_address_id": address["id"]}
    quoted = await client.post(f"{path}/checkout/quote", json=checkout, headers=headers)
    somebody = await client.get(f"{path}/cart/{session_id}", headers=storefront.headers)

    assert filled.status_code == 200, filled.text
    assert quoted.status_code == 200, quoted.text
    assert quoted.json()["subtotal"] == 39.8
    assert somebody.status_code == 404


async def test_vendor_finds_a_guests_order_by_their_name(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    guest = await create_customer(
        database, storefront.vendor, email=EMAIL, password_hash=None, first_name="Wilhelmina"
    )
    await create_order(database, guest, storefront.mug)
    user = await create_vendor_user(database, storefront.vendor)

    found = await client.get(
        "/api/v1/vendor/orders?search=wilhel", headers=vendor_headers(storefront.settings, user)
    )

    assert [order["customer"]["email"] for order in found.json()] == [EMAIL]


async def test_guests_from_one_address_are_limited_at_all_shops_together(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    elsewhere = shop_path(await create_vendor(database))
    paths = [storefront.path, elsewhere] * ((MOST_GUESTS_FROM_ONE_ADDRESS + 6) // 2)

    answers = await asyncio.gather(
        *(
            client.post(f"{path}/customers/guest", json={"email": f"g{number}@example.com"})
            for number, path in enumerate(paths)
        )
    )

    refused = next(answer for answer in answers if answer.status_code == 429)
    assert Counter(answer.status_code for answer in answers) == {201: MOST_GUESTS_FROM_ONE_ADDRESS, 429: 6}
    assert code(refused) == "rate_limited"
    assert int(refused.headers["Retry-After"]) > 0
    async with database.platform() as session:
        rows = select(func.count()).select_from(Customer).where(Customer.password_hash.is_(None))
        assert await session.scalar(rows) == MOST_GUESTS_FROM_ONE_ADDRESS
        keys = (await session.scalars(select(SignInAttempt.key))).all()
        assert {len(key) for key in keys} == {64}
        await session.execute(text("UPDATE sign_in_attempts SET window_ends_at = now()"))
    assert (await enter(client, storefront))["customer"]["is_guest"]


async def test_closed_and_unknown_shops_take_no_guests(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    closed = await create_vendor(database, is_active=False)

    for path in (shop_path(closed), "/api/v1/public/vendors/999999"):
        answer = await client.post(f"{path}/customers/guest", json={"email": EMAIL})
        assert (answer.status_code, code(answer)) == (404, "vendor_not_found")


async def test_rubbish_makes_no_guest(client: httpx.AsyncClient, storefront: Storefront) -> None:
    for body in ({}, {"email": ""}, {"email": "jane"}, {"email": EMAIL, "is_guest": False}, {"email": None}):
        answer = await client.post(f"{storefront.path}/customers/guest", json=body)
        assert (answer.status_code, code(answer)) == (422, "validation_failed")
