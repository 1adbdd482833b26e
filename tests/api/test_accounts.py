"""From guest to account, and new passwords: by a link that only the owner of an e-mail address gets."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text

from db.session import Database
from db.tables import Customer, Order
from domain.accounts import account_token
from domain.links import Links
from domain.request_limits import MOST_LINKS_FROM_ONE_ADDRESS, MOST_LINKS_TO_ONE_PERSON
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, StatementCount, create_order
from tests.api.storefront import Storefront, code, customer_headers, shop_path
from tests.builders import create_customer, create_vendor

EMAIL = "jane@example.com"
NEW = "another correct horse"


def token_for(storefront: Storefront, customer: Customer, **changes: Any) -> str:  # noqa: ANN401 -- any argument
    given: dict[str, Any] = {
        "vendor_id": customer.vendor_id,
        "customer_id": customer.id,
        "password_hash": customer.password_hash,
        "asked_at": datetime.now(UTC),
    }
    links = Links(storefront.settings.link_secret.get_secret_value())
    return account_token(links, **(given | changes))


async def guest_of(storefront: Storefront, database: Database, **changes: str) -> tuple[Customer, Order]:
    """A guest who has ordered."""
    guest = await create_customer(
        database, storefront.vendor, email=EMAIL, password_hash=None, **{"first_name": "Guest", **changes}
    )
    return guest, await create_order(database, guest, storefront.mug)


async def claim(
    client: httpx.AsyncClient, storefront: Storefront, token: str, password: str = NEW, **names: str
) -> httpx.Response:
    body = {"token": token, "password": password, **names}
    return await client.post(f"{storefront.path}/customers/accounts", json=body)


async def login(client: httpx.AsyncClient, storefront: Storefront, password: str) -> httpx.Response:
    body = {"email": EMAIL, "password": password}
    return await client.post(f"{storefront.path}/customers/login", json=body)


async def my_orders(client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]) -> list[int]:
    answer = await client.get(f"{storefront.path}/orders/my-orders", headers=headers)
    return [order["id"] for order in answer.json()]


def signed_in(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_guest_becomes_an_account_that_sees_all_they_ordered(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    _, earlier = await guest_of(storefront, database)
    guest, order = await guest_of(storefront, database)

    claimed = await claim(client, storefront, token_for(storefront, guest))
    headers = signed_in(claimed)
    detail = await client.get(f"{storefront.path}/orders/my-orders/{earlier.id}", headers=headers)

    customer = claimed.json()["customer"]
    assert (customer["email"], customer["first_name"], customer["is_guest"]) == (EMAIL, "Guest", False)
    assert await my_orders(client, storefront, headers) == [order.id, earlier.id]
    assert (detail.status_code, detail.json()["customer_id"]) == (200, earlier.customer_id)
    assert await my_orders(client, storefront, signed_in(await login(client, storefront, NEW))) == [
        order.id,
        earlier.id,
    ]


async def test_whoever_typed_the_address_as_a_guest_sees_no_more_than_before(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    """Their session as a guest outlives the claim, also when the claimed link was made for their row."""
    _, private = await guest_of(storefront, database)
    intruder, bait = await guest_of(storefront, database)
    headers = customer_headers(storefront.settings, intruder)
    claimed = await claim(client, storefront, token_for(storefront, intruder))
    account = signed_in(claimed)
    address = {
        "first_name": "J",
        "last_name": "D",
        "address_line1": "1 Z",
        "city": "C",
        "postal_code": "1",
        "country": "LU",
    }
    await client.post(f"{storefront.path}/customers/addresses", json=address, headers=account)

    seen = await client.get(f"{storefront.path}/orders/my-orders/{private.id}", headers=headers)
    addresses = await client.get(f"{storefront.path}/customers/addresses", headers=headers)

    assert await my_orders(client, storefront, headers) == [bait.id]
    assert (seen.status_code, addresses.json()) == (404, [])


async def test_names_that_are_given_are_taken(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    guest, _ = await guest_of(storefront, database)
    claimed = await claim(
        client, storefront, token_for(storefront, guest), first_name="Janet", last_name="Roe"
    )
    customer = claimed.json()["customer"]
    assert (customer["first_name"], customer["last_name"]) == ("Janet", "Roe")


async def test_forgotten_password_is_set_anew_and_takes_guests_orders_along(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    owner = await create_customer(database, storefront.vendor, email=EMAIL, password_hash=PASSWORD_HASH)
    own = await create_order(database, owner, storefront.mug)
    _, as_guest = await guest_of(storefront, database)
    before = await my_orders(client, storefront, signed_in(await login(client, storefront, PASSWORD)))

    claimed = await claim(client, storefront, token_for(storefront, owner))

    assert claimed.json()["customer"] == {
        "id": owner.id,
        "email": EMAIL,
        "first_name": "Jane",
        "last_name": "Doe",
        "is_guest": False,
    }
    assert before == [own.id]
    assert await my_orders(client, storefront, signed_in(claimed)) == [as_guest.id, own.id]
    assert (await login(client, storefront, PASSWORD)).status_code == 401
    assert (await login(client, storefront, NEW)).status_code == 200


async def test_later_guests_are_taken_over_by_a_later_link_and_not_before(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    guest, first = await guest_of(storefront, database)
    account = signed_in(await claim(client, storefront, token_for(storefront, guest)))
    _, second = await guest_of(storefront, database)
    before = await my_orders(client, storefront, account)
    async with database.platform() as session:
        statement = select(Customer).where(Customer.password_hash.is_not(None), Customer.email == EMAIL)
        owner = (await session.scalars(statement)).one()

    again = await claim(client, storefront, token_for(storefront, owner), PASSWORD)

    assert before == [first.id]
    assert again.json()["customer"]["id"] == owner.id
    assert await my_orders(client, storefront, signed_in(again)) == [second.id, first.id]


@pytest.mark.parametrize("guest", [True, False], ids=["guest", "account"])
async def test_link_is_used_once_also_by_two_at_once(
    client: httpx.AsyncClient, storefront: Storefront, database: Database, guest: bool
) -> None:
    password_hash = None if guest else PASSWORD_HASH
    customer = await create_customer(database, storefront.vendor, email=EMAIL, password_hash=password_hash)
    token = token_for(storefront, customer)

    answers = await asyncio.gather(*(claim(client, storefront, token, f"{NEW} {n}") for n in range(3)))
    late = await claim(client, storefront, token)

    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 2}
    assert {code(answer) for answer in [*answers, late] if answer.status_code != 200} == {"link_invalid"}
    (winner,) = (number for number, answer in enumerate(answers) if answer.status_code == 200)
    assert (await login(client, storefront, f"{NEW} {winner}")).status_code == 200


async def test_links_of_two_guests_with_one_address_make_one_account(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    guests = [(await guest_of(storefront, database))[0] for _ in range(4)]

    answers = await asyncio.gather(
        *(claim(client, storefront, token_for(storefront, guest)) for guest in guests)
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 3}
    async with database.platform() as session:
        accounts = select(Customer.account_id).where(Customer.account_id.is_not(None))
        linked = (await session.scalars(accounts)).all()
    assert (len(linked), len(set(linked))) == (4, 1)


async def test_somebody_who_registers_the_address_meanwhile_gets_nothing_of_the_guests(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    guest, _ = await guest_of(storefront, database)
    intruder = await create_customer(database, storefront.vendor, email=EMAIL, password_hash=PASSWORD_HASH)

    refused = await claim(client, storefront, token_for(storefront, guest))

    assert (refused.status_code, code(refused)) == (404, "link_invalid")
    headers = customer_headers(storefront.settings, intruder)
    assert await my_orders(client, storefront, headers) == []


async def test_account_takes_only_what_has_its_address_in_its_shop(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    guest, order = await guest_of(storefront, database)
    other = await create_vendor(database)
    elsewhere = await create_customer(database, other, email=EMAIL, password_hash=None)
    somebody = await create_customer(database, storefront.vendor, email="x@example.com", password_hash=None)
    theirs = await create_order(database, somebody, storefront.mug)

    account = signed_in(await claim(client, storefront, token_for(storefront, guest)))

    seen = await client.get(f"{storefront.path}/orders/my-orders/{theirs.id}", headers=account)
    neighbour = await client.get(f"{storefront.path}/orders/my-orders/{order.id}", headers=storefront.headers)
    async with database.platform() as session:
        unlinked = select(Customer.account_id).where(Customer.id.in_([elsewhere.id, somebody.id]))
        assert set(await session.scalars(unlinked)) == {None}
    assert (seen.status_code, neighbour.status_code) == (404, 404)
    assert await my_orders(client, storefront, account) == [order.id]


async def test_link_of_another_shop_or_too_late_sets_nothing(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    guest, _ = await guest_of(storefront, database)
    other = await create_vendor(database)
    token, yesterday = token_for(storefront, guest), datetime.now(UTC) - timedelta(hours=24)

    elsewhere = await client.post(
        f"{shop_path(other)}/customers/accounts", json={"token": token, "password": NEW}
    )
    pretended = await claim(client, storefront, token_for(storefront, guest, vendor_id=other.id))
    nobody = await claim(client, storefront, token_for(storefront, guest, customer_id=10**9))
    late = await claim(client, storefront, token_for(storefront, guest, asked_at=yesterday))
    short = await claim(client, storefront, token, "short")

    assert [answer.status_code for answer in (elsewhere, pretended, nobody)] == [404, 404, 404]
    assert (late.status_code, code(late)) == (410, "link_expired")
    assert (short.status_code, code(short)) == (422, "validation_failed")
    async with database.platform() as session:
        accounts = select(func.count()).select_from(Customer).where(Customer.email == EMAIL)
        assert await session.scalar(accounts.where(Customer.password_hash.is_not(None))) == 0


async def test_list_takes_as_many_statements_for_an_account_with_guests_as_without(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    await create_order(database, storefront.customer, storefront.mug)
    guests = [(await guest_of(storefront, database))[0] for _ in range(3)]
    account = signed_in(await claim(client, storefront, token_for(storefront, guests[0])))
    statements = StatementCount(database)

    alone = await my_orders(client, storefront, storefront.headers)
    without = statements.take()
    together = await my_orders(client, storefront, account)

    assert (len(alone), len(together)) == (1, 3)
    assert statements.take() == without


async def ask(client: httpx.AsyncClient, path: str, email: str = EMAIL) -> httpx.Response:
    return await client.post(f"{path}/customers/account-link", json={"email": email})


async def test_temporal_being_away_tells_nobody_who_is_known(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    await guest_of(storefront, database)

    known = await ask(client, storefront.path)
    unknown = await ask(client, storefront.path, "nobody@example.com")

    assert (known.status_code, code(known)) == (503, "engine_unavailable")
    assert known.json() == unknown.json()


async def test_asking_for_links_is_limited_by_address_and_by_person(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    elsewhere = shop_path(await create_vendor(database))

    one_person = [
        (await ask(client, storefront.path)).status_code for _ in range(MOST_LINKS_TO_ONE_PERSON + 1)
    ]
    other_shop = await ask(client, elsewhere)
    left = MOST_LINKS_FROM_ONE_ADDRESS - len(one_person) - 1
    others = [(await ask(client, elsewhere, f"x{n}@example.com")).status_code for n in range(left + 1)]

    assert one_person == [503] * MOST_LINKS_TO_ONE_PERSON + [429]
    assert other_shop.status_code == 503
    assert others == [503] * left + [429]
    async with database.platform() as session:
        await session.execute(text("UPDATE sign_in_attempts SET window_ends_at = now()"))
    assert (await ask(client, storefront.path)).status_code == 503


async def test_closed_shop_sends_no_links(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    answer = await ask(client, shop_path(await create_vendor(database, is_active=False)))
    assert (answer.status_code, code(answer)) == (404, "vendor_not_found")
