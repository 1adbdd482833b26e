"""Sign-ins end: with a new password, and when the customer signs out everywhere."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from api.app import create_app
from api.schemas.customers import present_session
from api.tokens import Tokens
from db.queries import customers
from db.session import Database
from db.tables import Customer
from settings import Settings
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, create_order
from tests.api.conftest import NOBODY_LISTENS
from tests.api.listening import listening
from tests.api.order_events import happen
from tests.api.storefront import Storefront, code, customer_headers
from tests.api.test_accounts import EMAIL, NEW, claim, guest_of, login, my_orders, signed_in, token_for
from tests.builders import create_customer, create_vendor


async def registered(storefront: Storefront, database: Database) -> Customer:
    return await create_customer(database, storefront.vendor, email=EMAIL, password_hash=PASSWORD_HASH)


async def sign_out_everywhere(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> httpx.Response:
    return await client.post(f"{storefront.path}/customers/sign-out-everywhere", headers=headers)


async def asked(client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]) -> list[int]:
    """What a customer's and a visitor's route answer."""
    paths = ("/customers/addresses", "/cart/a-session-of-nobody")
    return [(await client.get(storefront.path + path, headers=headers)).status_code for path in paths]


async def valid_from(database: Database, customer: Customer) -> datetime:
    async with database.vendor(customer.vendor_id) as session:
        statement = select(Customer.tokens_valid_from).where(Customer.id == customer.id)
        return (await session.scalars(statement)).one()


async def test_new_password_ends_earlier_sign_ins_and_not_its_own(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    """All within the second that times of issue are counted in."""
    owner = await registered(storefront, database)
    await guest_of(storefront, database)
    intruder = signed_in(await login(client, storefront, PASSWORD))
    before = await asked(client, storefront, intruder)

    own = signed_in(await claim(client, storefront, token_for(storefront, owner)))

    refused = await client.get(f"{storefront.path}/orders/my-orders", headers=intruder)
    assert before == [200, 200]
    assert (refused.status_code, code(refused)) == (401, "token_invalid")
    assert "sign in again" in refused.json()["detail"]
    assert await asked(client, storefront, intruder) == [401, 401]
    assert await asked(client, storefront, own) == [200, 200]
    assert len(await my_orders(client, storefront, own)) == 1
    assert await asked(client, storefront, signed_in(await login(client, storefront, NEW))) == [200, 200]


async def test_token_that_is_issued_late_for_the_old_password_is_refused(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    """Checking a password takes a while, in which the owner may set another one."""
    owner = await registered(storefront, database)
    async with database.reading(owner.vendor_id) as session:
        looked_up = await customers.account_by_email(session, vendor_id=owner.vendor_id, email=EMAIL)
    assert looked_up is not None

    await claim(client, storefront, token_for(storefront, owner))
    settings = storefront.settings
    late = present_session(looked_up, Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime))

    headers = {"Authorization": f"Bearer {late.access_token}"}
    assert await asked(client, storefront, headers) == [401, 401]


async def test_guests_stay_signed_in_when_another_guest_or_they_become_an_account(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    one, _ = await guest_of(storefront, database)
    other, theirs = await guest_of(storefront, database)

    await claim(client, storefront, token_for(storefront, one))

    for guest in (one, other):
        headers = customer_headers(storefront.settings, guest)
        assert await asked(client, storefront, headers) == [200, 200]
    assert await my_orders(client, storefront, headers) == [theirs.id]


async def test_signing_out_everywhere_ends_the_customers_own_sign_ins_only(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    await registered(storefront, database)
    here, there = [signed_in(await login(client, storefront, PASSWORD)) for _ in range(2)]

    answer = await sign_out_everywhere(client, storefront, here)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await asked(client, storefront, here) == [401, 401]
    assert await asked(client, storefront, there) == [401, 401]
    assert await asked(client, storefront, storefront.headers) == [200, 200]
    assert (await sign_out_everywhere(client, storefront, there)).status_code == 401
    assert await asked(client, storefront, signed_in(await login(client, storefront, PASSWORD))) == [200, 200]


async def test_two_at_once_are_both_answered_and_the_new_password_signs_in(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    owner = await registered(storefront, database)
    headers = signed_in(await login(client, storefront, PASSWORD))
    link = token_for(storefront, owner)

    *signing_out, claimed = await asyncio.gather(
        *(sign_out_everywhere(client, storefront, headers) for _ in range(3)), claim(client, storefront, link)
    )

    assert claimed.status_code == 200
    assert {answer.status_code for answer in signing_out} <= {204, 401}
    assert Counter(answer.status_code for answer in signing_out)[204] >= 1
    assert await asked(client, storefront, headers) == [401, 401]
    assert await asked(client, storefront, signed_in(await login(client, storefront, NEW))) == [200, 200]


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=1)], ids=["in step", "a clock went back"])
async def test_time_moves_on_each_time_also_within_a_transaction(
    storefront: Storefront, database: Database, ahead: timedelta
) -> None:
    owner = await registered(storefront, database)
    async with database.vendor(owner.vendor_id) as session:
        moved = update(Customer).where(Customer.id == owner.id)
        await session.execute(moved.values(tokens_valid_from=datetime.now(UTC) + ahead))
    times = [await valid_from(database, owner)]

    async with database.vendor(owner.vendor_id) as session:
        for _ in range(3):
            await customers.end_sign_ins(session, customer_id=owner.id)
            found = await session.scalars(select(Customer.tokens_valid_from).where(Customer.id == owner.id))
            times.append(found.one())

    assert times == sorted(set(times))


async def test_question_is_answered_for_the_vendors_own_customers_only(
    storefront: Storefront, database: Database
) -> None:
    other = await create_vendor(database)
    owner = storefront.customer
    async with database.asking() as direct:
        answers = [
            await customers.tokens_valid_from(direct, vendor_id=vendor_id, customer_id=customer_id)
            for vendor_id, customer_id in [
                (owner.vendor_id, owner.id),
                (other.id, owner.id),
                (owner.vendor_id, 10**9),
            ]
        ]

    assert answers == [datetime(1970, 1, 1, tzinfo=UTC), None, None]


async def test_open_stream_tells_nothing_more_and_is_not_opened_again(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    path = f"{storefront.path}/orders/my-orders/{order.id}/events"

    async with listening(live_app, path, storefront.headers) as stream:
        await stream.until(1)
        async with database.vendor(order.vendor_id) as session:
            await customers.end_sign_ins(session, customer_id=order.customer_id)
        await happen(database, order, "processing")
        await stream.end()
    async with listening(live_app, path, storefront.headers, "1.0") as again:
        assert (again.status, "token_invalid" in again.text) == (401, True)
    assert [event.data["sequence"] for event in stream.events] == [1]


async def test_nobody_is_signed_out_by_the_database_being_away(
    lone_settings: Settings, storefront: Storefront
) -> None:
    away = Database(f"postgresql+asyncpg://orion@{NOBODY_LISTENS}/orion", timeout=1)
    transport = httpx.ASGITransport(create_app(lone_settings, database=away), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        answer = await client.get(f"{storefront.path}/customers/addresses", headers=storefront.headers)
    await away.close()

    assert (answer.status_code, code(answer)) == (503, "database_unavailable")
