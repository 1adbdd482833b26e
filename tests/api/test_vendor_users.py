"""The people who work for a vendor."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from db.tables import Vendor, VendorUser
from domain.links import Links
from domain.staff import staff_token
from settings import Settings
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, admin_headers, create_admin, vendor_headers
from tests.api.pages.browsing import Browser, desk_browser
from tests.api.storefront import code
from tests.builders import create_vendor, create_vendor_user

USERS = "/api/v1/vendor/users"
NEW = {"email": "Nina@alpha.example", "first_name": "Nina", "last_name": "New"}


@pytest_asyncio.fixture
async def vendor(database: Database) -> Vendor:
    return await create_vendor(database, name="Alpha")


@pytest_asyncio.fixture
async def owner(database: Database, vendor: Vendor) -> VendorUser:
    return await create_vendor_user(database, vendor, email="olga@alpha.example", password_hash=PASSWORD_HASH)


@pytest.fixture
def headers(lone_settings: Settings, owner: VendorUser) -> dict[str, str]:
    return vendor_headers(lone_settings, owner)


async def test_somebody_is_invited_and_cannot_sign_in_before_a_password_is_set(
    client: httpx.AsyncClient, lone_settings: Settings, vendor: Vendor, headers: dict[str, str]
) -> None:
    added = await client.post(USERS, json=NEW, headers=headers)
    again = await client.post(USERS, json=NEW, headers=headers)
    login = {"email": "nina@alpha.example", "password": "chosen by nina"}
    early = await client.post("/api/v1/vendor/login", json=login)
    links = Links(lone_settings.link_secret.get_secret_value())
    token = staff_token(
        links,
        vendor_id=vendor.id,
        user_id=added.json()["id"],
        password_hash=None,
        asked_at=datetime.now(UTC),
    )
    desk = Browser(client, "/vendor")
    short = await desk.send(f"/set-password/{token}", token, password="short")
    entered = await desk.send(f"/set-password/{token}", token, password="chosen by nina")
    seen, read = await desk.open("/settings/people")
    used, _ = await desk.open(f"/set-password/{token}")
    later = await client.post("/api/v1/vendor/login", json=login)

    assert added.status_code == 201, added.text
    # Temporal is away in this test, which the answer says.
    assert {name: added.json()[name] for name in ("role", "has_password", "is_active", "link_sent")} == {
        "role": "staff",
        "has_password": False,
        "is_active": True,
        "link_sent": False,
    }
    assert (again.status_code, code(again)) == (409, "email_taken")
    assert (early.status_code, code(early)) == (401, "invalid_credentials")
    assert short.status_code == 422
    assert (entered.status_code, entered.headers["location"]) == (303, "/vendor/orders")
    assert (seen.status_code, "Nina New you" in read.text) == (200, True)
    assert used.status_code == 404
    assert (later.status_code, later.json()["user"]["role"]) == (200, "staff")


async def test_role_changes_and_leaving_count_at_once(
    client: httpx.AsyncClient,
    lone_settings: Settings,
    database: Database,
    vendor: Vendor,
    headers: dict[str, str],
) -> None:
    staff = await create_vendor_user(database, vendor, role="staff")
    theirs = vendor_headers(lone_settings, staff)

    async def put(**changes: object) -> httpx.Response:
        return await client.put(f"{USERS}/{staff.id}", json=changes, headers=headers)

    async def stock() -> int:
        answer = await client.post(
            "/api/v1/vendor/products", json={"sku": "A", "title": "A", "price": 1}, headers=theirs
        )
        return answer.status_code

    assert (await client.post(USERS, json=NEW, headers=theirs)).status_code == 403
    assert (await put(role="viewer")).json()["role"] == "viewer"
    assert await stock() == 403
    assert (await put(role="staff", first_name="Sam")).json()["first_name"] == "Sam"
    assert await stock() == 201
    assert (await put(is_active=False)).json()["is_active"] is False
    assert (await client.get(USERS, headers=theirs)).status_code == 401
    assert (await put(is_active=True)).status_code == 200
    # Who comes back signs in anew.
    assert (await client.get(USERS, headers=theirs)).status_code == 401


async def test_last_owner_stays(
    client: httpx.AsyncClient, owner: VendorUser, headers: dict[str, str]
) -> None:
    invited = await client.post(USERS, json={**NEW, "role": "owner"}, headers=headers)

    for change in ({"role": "staff"}, {"is_active": False}):
        refused = await client.put(f"{USERS}/{owner.id}", json=change, headers=headers)
        assert (refused.status_code, code(refused)) == (409, "last_owner")
    gone = await client.put(f"{USERS}/{invited.json()['id']}", json={"is_active": False}, headers=headers)

    assert gone.status_code == 200
    assert [user["is_active"] for user in (await client.get(USERS, headers=headers)).json()] == [True, False]


async def test_two_owners_who_remove_each_other_at_once_do_not_both_leave(
    client: httpx.AsyncClient,
    lone_settings: Settings,
    database: Database,
    vendor: Vendor,
    owner: VendorUser,
    headers: dict[str, str],
) -> None:
    other = await create_vendor_user(database, vendor)
    theirs = vendor_headers(lone_settings, other)

    answers = await asyncio.gather(
        client.put(f"{USERS}/{other.id}", json={"role": "staff"}, headers=headers),
        client.put(f"{USERS}/{owner.id}", json={"role": "staff"}, headers=theirs),
    )
    async with database.platform() as session:
        roles = {(await session.get_one(VendorUser, one.id)).role for one in (owner, other)}

    assert roles == {"owner", "staff"}
    assert min(answer.status_code for answer in answers) == 200
    assert max(answer.status_code for answer in answers) in {403, 409}


async def test_admins_see_and_change_a_vendors_people(
    client: httpx.AsyncClient, lone_settings: Settings, database: Database, vendor: Vendor, owner: VendorUser
) -> None:
    admin = admin_headers(lone_settings, await create_admin(database))
    other = await create_vendor_user(database, await create_vendor(database))
    path = f"/api/v1/admin/vendors/{vendor.id}/users"

    listed = await client.get(path, headers=admin)
    foreign = await client.put(f"{path}/{other.id}", json={"role": "staff"}, headers=admin)
    last = await client.put(f"{path}/{owner.id}", json={"is_active": False}, headers=admin)

    assert [user["email"] for user in listed.json()] == ["olga@alpha.example"]
    assert (foreign.status_code, code(foreign)) == (404, "vendor_user_not_found")
    assert (last.status_code, code(last)) == (409, "last_owner")


async def test_own_password_ends_the_other_sign_ins(
    client: httpx.AsyncClient, lone_settings: Settings, owner: VendorUser, headers: dict[str, str]
) -> None:
    desk = desk_browser(client, lone_settings, owner)

    wrong = await desk.send(
        "/settings/account", "/account", current_password="not it", password="long enough"
    )
    changed = await desk.send(
        "/settings/account", "/account", current_password=PASSWORD, password="long enough"
    )
    here, read = await desk.open("/settings/account?saved=1")
    elsewhere = await client.get(USERS, headers=headers)
    login = await client.post(
        "/api/v1/vendor/login", json={"email": "olga@alpha.example", "password": "long enough"}
    )

    assert (wrong.status_code, "This is not your present password." in wrong.text) == (422, True)
    assert changed.headers["location"] == "/vendor/settings/account?saved=1"
    assert (here.status_code, "The password is changed." in read.text) == (200, True)
    assert (elsewhere.status_code, code(elsewhere)) == (401, "token_invalid")
    assert login.status_code == 200


async def test_viewers_change_their_own_password_and_nothing_else(
    client: httpx.AsyncClient, lone_settings: Settings, database: Database, vendor: Vendor
) -> None:
    viewer = await create_vendor_user(database, vendor, role="viewer", password_hash=PASSWORD_HASH)
    desk = desk_browser(client, lone_settings, viewer)
    _, people = await desk.open("/settings/people")
    page, settings = await desk.open("/settings")

    changed = await desk.send(
        "/settings/account", "/account", current_password=PASSWORD, password="long enough"
    )

    assert changed.status_code == 303
    assert page.status_code == 200
    assert {form.action for form in people.forms + settings.forms} == {"/vendor/logout"}
    assert "Only an owner of the shop changes these." in settings.text
