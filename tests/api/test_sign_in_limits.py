"""Guessing a password is stopped, for everybody who signs in."""

import asyncio
from collections import Counter

import httpx
import pytest
from sqlalchemy import select, text

from db.session import Database
from db.tables import SignInAttempt
from domain.signing_in import MOST_FROM_ONE_ADDRESS, WINDOW_SECONDS
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, create_admin
from tests.api.storefront import Storefront, code
from tests.builders import create_vendor_user

EMAIL = "olga@acme.example"


@pytest.fixture
async def path(database: Database, storefront: Storefront, request: pytest.FixtureRequest) -> str:
    """Where somebody signs in with EMAIL and PASSWORD."""
    if request.param == "admin":
        await create_admin(database, email=EMAIL)
        return "/api/v1/admin/login"
    await create_vendor_user(database, storefront.vendor, email=EMAIL, password_hash=PASSWORD_HASH)
    return "/api/v1/vendor/login"


async def sign_in(client: httpx.AsyncClient, path: str, password: str, email: str = EMAIL) -> httpx.Response:
    return await client.post(path, json={"email": email, "password": password})


@pytest.mark.parametrize("path", ["vendor", "admin"], indirect=True)
async def test_password_cannot_be_guessed_also_all_at_once(
    client: httpx.AsyncClient, path: str, database: Database
) -> None:
    guesses = await asyncio.gather(
        *(sign_in(client, path, f"wrong-{number}") for number in range(MOST_FROM_ONE_ADDRESS + 5))
    )
    right = await sign_in(client, path, PASSWORD)
    somebody_else = await sign_in(client, path, "wrong", email="nobody@acme.example")

    assert Counter(answer.status_code for answer in guesses) == {401: MOST_FROM_ONE_ADDRESS, 429: 5}
    assert (right.status_code, code(right)) == (429, "rate_limited")
    assert 0 < int(right.headers["Retry-After"]) <= WINDOW_SECONDS
    assert somebody_else.status_code == 401
    async with database.platform() as session:
        keys = (await session.scalars(select(SignInAttempt.key))).all()
    assert keys
    assert not any("acme" in key for key in keys)


@pytest.mark.parametrize("path", ["vendor"], indirect=True)
async def test_right_password_and_the_end_of_the_window_start_anew(
    client: httpx.AsyncClient, path: str, database: Database
) -> None:
    for number in range(MOST_FROM_ONE_ADDRESS - 1):
        assert (await sign_in(client, path, f"wrong-{number}")).status_code == 401
    assert (await sign_in(client, path, PASSWORD)).status_code == 200
    for number in range(MOST_FROM_ONE_ADDRESS):
        assert (await sign_in(client, path, f"wrong-{number}")).status_code == 401
    assert (await sign_in(client, path, PASSWORD)).status_code == 429

    async with database.platform() as session:
        await session.execute(text("UPDATE sign_in_attempts SET window_ends_at = now()"))

    assert (await sign_in(client, path, PASSWORD)).status_code == 200
    async with database.platform() as session:
        assert (await session.scalars(select(SignInAttempt.key))).all() == []


async def test_customers_of_two_shops_are_limited_apart(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    path = f"{storefront.path}/customers/login"
    elsewhere = "/api/v1/public/vendors/999999/customers/login"
    for number in range(MOST_FROM_ONE_ADDRESS):
        assert (await sign_in(client, path, f"wrong-{number}")).status_code == 401

    refused = await sign_in(client, path, "wrong")

    assert (refused.status_code, code(refused)) == (429, "rate_limited")
    assert (await sign_in(client, elsewhere, "wrong")).status_code == 404
