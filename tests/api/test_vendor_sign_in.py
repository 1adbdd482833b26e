"""Sign-in of vendors' people and of admins."""

import httpx
import pytest
from sqlalchemy import update

from api.tokens import Audience, Claims
from db.session import Database
from db.tables import VendorUser
from settings import Settings
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, create_admin, vendor_headers
from tests.api.storefront import Storefront, bearer, code
from tests.builders import create_vendor_user


async def test_vendor_user_signs_in_for_their_vendor(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    user = await create_vendor_user(
        database, storefront.vendor, email="olga@acme.example", password_hash=PASSWORD_HASH
    )

    answer = await client.post(
        "/api/v1/vendor/login", json={"email": " Olga@ACME.example ", "password": PASSWORD}
    )

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["vendor"] == {
        "id": storefront.vendor.id,
        "vendor_code": storefront.vendor.vendor_code,
        "name": "Acme",
        "currency": "EUR",
    }
    assert body["user"] == {
        "id": user.id,
        "email": "olga@acme.example",
        "first_name": "Olga",
        "last_name": "Owner",
        "role": "owner",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert (await client.get("/api/v1/vendor/orders", headers=headers)).json() == []


async def test_admin_signs_in(client: httpx.AsyncClient, database: Database) -> None:
    admin = await create_admin(database)

    answer = await client.post("/api/v1/admin/login", json={"email": admin.email, "password": PASSWORD})

    assert answer.status_code == 200, answer.text
    assert answer.json()["user"] == {"id": admin.id, "email": admin.email}
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.get("/api/v1/admin/vendors", headers=headers)).json() == []


@pytest.mark.parametrize("audience", ["vendor", "admin"])
async def test_wrong_password_and_unknown_person_are_told_apart_by_nothing(
    client: httpx.AsyncClient, storefront: Storefront, database: Database, audience: str
) -> None:
    user = await create_vendor_user(database, storefront.vendor, password_hash=PASSWORD_HASH)
    admin = await create_admin(database)
    known = user.email if audience == "vendor" else admin.email
    other = admin.email if audience == "vendor" else user.email

    answers = [
        await client.post(f"/api/v1/{audience}/login", json={"email": email, "password": password})
        for email, password in [(known, "wrong"), ("nobody@acme.example", PASSWORD), (other, PASSWORD)]
    ]

    assert {(answer.status_code, code(answer)) for answer in answers} == {(401, "invalid_credentials")}
    assert len({answer.text for answer in answers}) == 1


async def test_deactivated_user_is_out_at_once(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    user = await create_vendor_user(database, storefront.vendor, password_hash=PASSWORD_HASH)
    headers = vendor_headers(storefront.settings, user)
    before = await client.get("/api/v1/vendor/orders", headers=headers)
    async with database.platform() as session:
        await session.execute(update(VendorUser).values(is_active=False))

    after = await client.get("/api/v1/vendor/orders", headers=headers)
    login = await client.post("/api/v1/vendor/login", json={"email": user.email, "password": PASSWORD})

    assert before.status_code == 200
    assert (after.status_code, code(after)) == (401, "token_invalid")
    assert (login.status_code, code(login)) == (401, "invalid_credentials")


async def test_token_that_names_another_vendor_is_worth_nothing(
    client: httpx.AsyncClient, storefront: Storefront, database: Database, lone_settings: Settings
) -> None:
    user = await create_vendor_user(database, storefront.vendor)
    claims = Claims(id=user.id, vendor_id=storefront.vendor.id + 1, role="owner")

    answer = await client.get("/api/v1/vendor/orders", headers=bearer(lone_settings, Audience.VENDOR, claims))

    assert (answer.status_code, code(answer)) == (401, "token_invalid")
