"""Forgotten passwords of those who run shops and the platform: links that are asked for, and used once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from db.session import Database
from db.tables import VendorUser
from domain.admins import LINK_LIFETIME, admin_token
from domain.links import Links
from domain.request_limits import MOST_LINKS_FROM_ONE_ADDRESS, MOST_LINKS_TO_ONE_PERSON
from domain.staff import PASSWORD_LIFETIME, staff_token
from settings import Settings
from tests.api.backoffice import PASSWORD, PASSWORD_HASH, admin_headers, create_admin, vendor_headers
from tests.api.pages.browsing import Browser, Read, admin_browser, desk_browser
from tests.api.storefront import code
from tests.builders import create_vendor, create_vendor_user

EMAIL = "ada@orion.example"
NEW = "another correct horse"


@dataclass(frozen=True)
class Part:
    """A part of the platform that somebody with a password signs in to."""

    client: httpx.AsyncClient
    pages: str
    headers: dict[str, str]
    lifetime: timedelta
    token: Callable[[datetime], str]
    seen: str

    @property
    def api(self) -> str:
        return f"/api/v1{self.pages}"

    def fresh(self) -> str:
        return self.token(datetime.now(UTC))

    def use(self, token: str, password: str = NEW) -> Awaitable[httpx.Response]:
        return self.client.post(f"{self.api}/password", json={"token": token, "password": password})

    def ask(self, email: str = EMAIL) -> Awaitable[httpx.Response]:
        return self.client.post(f"{self.api}/password-link", json={"email": email})

    async def login(self, password: str) -> int:
        answer = await self.client.post(f"{self.api}/login", json={"email": EMAIL, "password": password})
        return answer.status_code


@pytest_asyncio.fixture(params=["desk", "platform"])
async def part(
    request: pytest.FixtureRequest, client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> Part:
    links = Links(lone_settings.link_secret.get_secret_value())
    if request.param == "platform":
        admin = await create_admin(database, email=EMAIL)
        return Part(
            client,
            "/admin",
            admin_headers(lone_settings, admin),
            LINK_LIFETIME,
            lambda asked_at: admin_token(
                links, admin_id=admin.id, password_hash=PASSWORD_HASH, asked_at=asked_at
            ),
            "/vendors",
        )
    vendor = await create_vendor(database)
    user = await create_vendor_user(database, vendor, email=EMAIL, password_hash=PASSWORD_HASH)
    return Part(
        client,
        "/vendor",
        vendor_headers(lone_settings, user),
        PASSWORD_LIFETIME,
        lambda asked_at: staff_token(
            links, vendor_id=vendor.id, user_id=user.id, password_hash=PASSWORD_HASH, asked_at=asked_at
        ),
        "/users",
    )


async def test_password_is_set_and_every_earlier_sign_in_ends(part: Part) -> None:
    async def look(headers: dict[str, str]) -> int:
        return (await part.client.get(f"{part.api}{part.seen}", headers=headers)).status_code

    before = await look(part.headers)
    used = await part.use(part.fresh())
    now = {"Authorization": f"Bearer {used.json()['access_token']}"}

    assert (before, used.status_code, used.json()["user"]["email"]) == (200, 200, EMAIL)
    assert (await look(part.headers), await look(now)) == (401, 200)
    assert (await part.login(PASSWORD), await part.login(NEW)) == (401, 200)


async def test_link_is_used_once_also_by_three_at_once(part: Part) -> None:
    token = part.fresh()

    answers = await asyncio.gather(*(part.use(token, f"{NEW} {number}") for number in range(3)))
    late = await part.use(token)

    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 2}
    assert {code(answer) for answer in [*answers, late] if answer.status_code != 200} == {"link_invalid"}
    (winner,) = (number for number, answer in enumerate(answers) if answer.status_code == 200)
    assert await part.login(f"{NEW} {winner}") == 200


async def test_link_that_is_late_or_damaged_and_a_short_password_set_nothing(part: Part) -> None:
    late = await part.use(part.token(datetime.now(UTC) - part.lifetime))
    last_minute = await part.use(
        part.token(datetime.now(UTC) - part.lifetime + timedelta(minutes=1)), "short"
    )
    damaged = await part.use(part.fresh() + "x")

    assert [(answer.status_code, code(answer)) for answer in (late, last_minute, damaged)] == [
        (410, "link_expired"),
        (422, "validation_failed"),
        (404, "link_invalid"),
    ]
    assert await part.login(PASSWORD) == 200


async def test_links_of_other_people_vendors_and_parts_set_nothing(
    client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> None:
    links = Links(lone_settings.link_secret.get_secret_value())
    vendor, other = await create_vendor(database), await create_vendor(database)
    user = await create_vendor_user(database, vendor, email=EMAIL, password_hash=PASSWORD_HASH)
    left = await create_vendor_user(database, vendor, password_hash=PASSWORD_HASH, is_active=False)
    admin = await create_admin(database)
    now = datetime.now(UTC)

    def of_staff(vendor_id: int, user_id: int) -> str:
        return staff_token(
            links, vendor_id=vendor_id, user_id=user_id, password_hash=PASSWORD_HASH, asked_at=now
        )

    of_admin = admin_token(links, admin_id=admin.id, password_hash=PASSWORD_HASH, asked_at=now)
    tried = [
        ("/vendor", of_staff(other.id, user.id)),
        ("/vendor", of_staff(vendor.id, left.id)),
        ("/vendor", of_staff(vendor.id, 10**9)),
        ("/vendor", of_admin),
        ("/admin", of_staff(vendor.id, user.id)),
        (
            "/admin",
            admin_token(links, admin_id=10**9, password_hash=PASSWORD_HASH, asked_at=now),
        ),
    ]
    for place, token in tried:
        body = {"token": token, "password": NEW}
        answer = await client.post(f"/api/v1{place}/password", json=body)
        page = await client.get(f"{place}/set-password/{token}")
        assert (answer.status_code, code(answer), page.status_code) == (404, "link_invalid", 404), place

    async with database.platform() as session:
        hashes = {(await session.get_one(VendorUser, one.id)).password_hash for one in (user, left)}
        assert (await session.get_one(type(admin), admin.id)).password_hash == PASSWORD_HASH
    assert hashes == {PASSWORD_HASH}


async def test_last_owner_gets_back_in_as_owner(
    client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> None:
    """A link sets a password and nothing else: roles and the shop's only owner stay as they are."""
    vendor = await create_vendor(database)
    owner = await create_vendor_user(database, vendor, email=EMAIL, password_hash=PASSWORD_HASH)
    links = Links(lone_settings.link_secret.get_secret_value())
    token = staff_token(
        links,
        vendor_id=vendor.id,
        user_id=owner.id,
        password_hash=PASSWORD_HASH,
        asked_at=datetime.now(UTC),
    )

    used = await client.post("/api/v1/vendor/password", json={"token": token, "password": NEW})
    headers = {"Authorization": f"Bearer {used.json()['access_token']}"}
    leave = await client.put(f"/api/v1/vendor/users/{owner.id}", json={"role": "staff"}, headers=headers)

    assert (used.json()["user"]["role"], used.json()["vendor"]["id"]) == ("owner", vendor.id)
    assert (leave.status_code, code(leave)) == (409, "last_owner")


async def test_temporal_being_away_tells_nobody_who_is_known(part: Part) -> None:
    known, unknown = await part.ask(), await part.ask("nobody@example.com")

    assert (known.status_code, code(known)) == (503, "engine_unavailable")
    assert known.json() == unknown.json()


async def test_asking_is_limited_by_person_and_by_address(part: Part, database: Database) -> None:
    one_person = [(await part.ask()).status_code for _ in range(MOST_LINKS_TO_ONE_PERSON + 1)]
    left = MOST_LINKS_FROM_ONE_ADDRESS - len(one_person)
    others = [(await part.ask(f"x{number}@example.com")).status_code for number in range(left + 1)]
    page = await Browser(part.client, part.pages).send("/forgot-password", "/forgot-password", email=EMAIL)

    assert one_person == [503] * MOST_LINKS_TO_ONE_PERSON + [429]
    assert others == [503] * left + [429]
    assert (page.status_code, "That was too often" in Read(page.text).text) == (422, True), page.text
    async with database.platform() as session:
        await session.execute(text("UPDATE sign_in_attempts SET window_ends_at = now()"))
    assert (await part.ask()).status_code == 503


async def test_pages_lead_from_sign_in_to_a_new_password(part: Part) -> None:
    browser, token = Browser(part.client, part.pages), part.fresh()
    _, sign_in = await browser.open("/login")
    _, asked = await browser.open("/forgot-password")
    wrong = await browser.send("/forgot-password", "/forgot-password", email="not an address")
    short = await browser.send(f"/set-password/{token}", token, password="short")
    entered = await browser.send(f"/set-password/{token}", token, password=NEW)
    inside, _ = await browser.open(part.seen if part.pages == "/admin" else "/orders")
    used, read = await browser.open(f"/set-password/{token}")

    assert f"{part.pages}/forgot-password" in sign_in.links
    assert asked.form("/forgot-password").fields["email"] == ""
    assert (wrong.status_code, short.status_code) == (422, 422)
    assert (entered.status_code, inside.status_code) == (303, 200)
    assert (used.status_code, used.headers["cache-control"]) == (404, "no-store")
    assert "This link does not work any more" in read.text
    assert f"{part.pages}/forgot-password" in read.links
    assert await part.login(NEW) == 200


async def test_browsers_of_an_admin_are_signed_out_by_a_new_password(
    client: httpx.AsyncClient, database: Database, lone_settings: Settings
) -> None:
    admin = await create_admin(database)
    pages = admin_browser(client, lone_settings, admin)
    user = await create_vendor_user(database, await create_vendor(database))
    desk = desk_browser(client, lone_settings, user)
    links = Links(lone_settings.link_secret.get_secret_value())
    token = admin_token(links, admin_id=admin.id, password_hash=PASSWORD_HASH, asked_at=datetime.now(UTC))
    before, _ = await pages.open("")
    await client.post("/api/v1/admin/password", json={"token": token, "password": NEW})
    after, _ = await pages.open("")
    elsewhere, _ = await desk.open("/orders")

    assert (before.status_code, after.status_code, elsewhere.status_code) == (200, 303, 200)
