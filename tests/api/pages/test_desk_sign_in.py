"""Signing in to the desk and to the platform's pages."""

import httpx
import pytest

from api.cookies import CSRF_HEADER, DESK, PLATFORM, csrf_token
from api.pages.sign_in_needed import local_path
from db.session import Database
from settings import Settings
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, create_admin
from tests.api.pages.browsing import Browser, Read, desk_browser
from tests.builders import create_vendor, create_vendor_user


async def test_somebody_who_works_for_a_vendor_signs_in_and_out(
    client: httpx.AsyncClient, database: Database
) -> None:
    vendor = await create_vendor(database, name="Alpha")
    await create_vendor_user(database, vendor, email="sam@alpha.example", password_hash=PASSWORD_HASH)
    desk = Browser(client, "/vendor")

    sent_away = await client.get("/vendor/orders?status=pending")
    wanted = sent_away.headers["location"]
    entered = await desk.send(
        wanted.removeprefix("/vendor"), "/login", email="sam@alpha.example", password=PASSWORD
    )
    seen, read = await desk.open("/orders")
    left = await desk.send("/orders", "/logout")

    assert sent_away.status_code == 303
    assert (entered.status_code, entered.headers["location"]) == (303, "/vendor/orders?status=pending")
    assert (seen.status_code, "Alpha" in read.text) == (200, True)
    assert left.headers["location"] == "/vendor/login"
    assert (await client.get("/vendor/orders")).status_code == 303


async def test_an_admin_signs_in_and_out(client: httpx.AsyncClient, database: Database) -> None:
    await create_admin(database, email="ada@orion.example")
    pages = Browser(client, "/admin")

    entered = await pages.send("/login", "/login", email="ada@orion.example", password=PASSWORD)
    seen = await client.get("/admin")
    left = await pages.send("", "/logout")

    assert (entered.status_code, entered.headers["location"]) == (303, "/admin")
    assert seen.status_code == 200
    assert left.headers["location"] == "/admin/login"
    assert (await client.get("/admin")).headers["location"] == "/admin/login?next=%2Fadmin"


@pytest.mark.parametrize("place", ["/vendor", "/admin"])
async def test_wrong_password_is_said_and_keeps_what_was_typed(client: httpx.AsyncClient, place: str) -> None:
    answer = await Browser(client, place).send("/login", "/login", email="x@y.example", password="wrong word")

    read = Read(answer.text)
    assert answer.status_code == 422
    assert "The e-mail address or the password is wrong." in read.text
    assert read.form("/login").fields["email"] == "x@y.example"


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/shop/1", "/vendor-like"]
)
async def test_signing_in_never_leads_elsewhere(
    client: httpx.AsyncClient, database: Database, elsewhere: str
) -> None:
    vendor = await create_vendor(database)
    await create_vendor_user(database, vendor, email="sam@alpha.example", password_hash=PASSWORD_HASH)

    entered = await Browser(client, "/vendor").send(
        "/login", "/login", email="sam@alpha.example", password=PASSWORD, next=elsewhere
    )

    assert entered.headers["location"] == "/vendor/orders"


async def test_deactivated_user_is_out_at_once(
    client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> None:
    user = await create_vendor_user(database, await create_vendor(database))
    desk = desk_browser(client, lone_settings, user)
    before, _ = await desk.open("/orders")
    async with database.platform() as session:
        (await session.get_one(type(user), user.id)).is_active = False

    after, _ = await desk.open("/orders")

    assert (before.status_code, after.status_code) == (200, 303)


async def test_json_routes_take_the_desks_cookie_and_its_csrf_token_for_changes(
    client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> None:
    vendor = await create_vendor(database)
    desk_browser(client, lone_settings, await create_vendor_user(database, vendor))
    await client.get("/vendor/orders")
    token = csrf_token(lone_settings, client.cookies[DESK.visitor])
    body = {"sku": "A", "title": "A", "price": 1}

    listed = await client.get("/api/v1/vendor/orders")
    without = await client.post("/api/v1/vendor/products", json=body)
    with_it = await client.post("/api/v1/vendor/products", json=body, headers={CSRF_HEADER: token})

    assert (listed.status_code, without.status_code, with_it.status_code) == (200, 403, 201)


async def test_viewer_looks_and_changes_nothing(
    client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> None:
    vendor = await create_vendor(database)
    desk_browser(client, lone_settings, await create_vendor_user(database, vendor, role="viewer"))
    seen = await client.get("/vendor/orders")
    token = csrf_token(lone_settings, client.cookies[DESK.visitor])

    listed = await client.get("/api/v1/vendor/products")
    refused = await client.post(
        "/api/v1/vendor/products",
        json={"sku": "A", "title": "A", "price": 1},
        headers={CSRF_HEADER: token},
    )

    assert (seen.status_code, listed.status_code, refused.status_code) == (200, 200, 403)
    assert (await client.get("/api/v1/vendor/products")).json() == []


def test_a_local_path_stays_on_this_site() -> None:
    assert local_path("/vendor/orders?x=1", "/vendor") == "/vendor/orders?x=1"
    assert local_path("\\\\elsewhere", "/vendor") == "/vendor"


async def test_platforms_cookie_opens_no_desk(
    client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> None:
    user = await create_vendor_user(database, await create_vendor(database))
    desk_browser(client, lone_settings, user)
    client.cookies.set(PLATFORM.caller, client.cookies[DESK.caller])

    assert (await client.get("/admin")).status_code == 303
