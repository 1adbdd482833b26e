"""The thread of an order between its customer and the shop; Temporal is away throughout."""

import asyncio

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import text

from db.session import Database
from db.tables import Order, VendorUser
from tests.api.backoffice import create_order, vendor_headers
from tests.api.listening import listening
from tests.api.storefront import Storefront, code, customer_headers
from tests.builders import create_customer, create_vendor_user

VENDOR_PATH = "/api/v1/vendor/orders"


@pytest_asyncio.fixture
async def order(database: Database, storefront: Storefront) -> Order:
    return await create_order(database, storefront.customer, storefront.mug, status="delivered")


@pytest_asyncio.fixture
async def staff(database: Database, storefront: Storefront) -> dict[str, str]:
    user: VendorUser = await create_vendor_user(database, storefront.vendor, email="secret@staff.example")
    return vendor_headers(storefront.settings, user)


def customer_path(order: Order) -> str:
    return f"/api/v1/public/vendors/{order.vendor_id}/orders/my-orders/{order.id}"


def vendor_path(order: Order) -> str:
    return f"{VENDOR_PATH}/{order.id}"


async def write(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], body: str, key: str | None = None
) -> httpx.Response:
    given = headers if key is None else {**headers, "Idempotency-Key": key}
    return await client.post(f"{path}/messages", json={"body": body}, headers=given)


async def test_both_sides_write_and_read_one_thread(
    client: httpx.AsyncClient, storefront: Storefront, order: Order, staff: dict[str, str]
) -> None:
    asked = await write(client, customer_path(order), storefront.headers, "  Where is it?\n")
    answered = await write(client, vendor_path(order), staff, "<b>On its way</b>")

    assert (asked.status_code, answered.status_code) == (201, 201)
    assert asked.json()["body"] == "Where is it?"
    mine = (await client.get(f"{customer_path(order)}/messages", headers=storefront.headers)).json()
    theirs = (await client.get(f"{vendor_path(order)}/messages", headers=staff)).json()
    assert [(each["author"], each["body"]) for each in mine] == [
        ("customer", "Where is it?"),
        ("vendor", "<b>On its way</b>"),
    ]
    assert [each["author_name"] for each in mine] == ["Jane Doe", storefront.vendor.name]
    assert [each["id"] for each in mine] == [each["id"] for each in theirs]
    assert theirs[0]["author_name"] == "Jane Doe"
    assert theirs[1]["author_name"] not in {"", storefront.vendor.name}
    detail = (await client.get(customer_path(order), headers=storefront.headers)).json()
    assert detail["messages"] == mine
    assert (await client.get(vendor_path(order), headers=staff)).json()["messages"] == theirs


async def test_customers_get_to_know_nobody_who_works_there(
    client: httpx.AsyncClient, storefront: Storefront, order: Order, staff: dict[str, str], database: Database
) -> None:
    async with database.platform() as session:
        await session.execute(text("UPDATE vendor_users SET first_name = 'Ferdinand', last_name = 'Geheim'"))
    await write(client, vendor_path(order), staff, "We send it today.")

    for path in (customer_path(order), f"{customer_path(order)}/messages"):
        said = (await client.get(path, headers=storefront.headers)).text
        assert "We send it today." in said
        assert not any(word in said for word in ("Ferdinand", "Geheim", "secret@staff.example"))


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 4001, "a\u0000b", 7, None])
async def test_text_that_is_none_is_refused(
    client: httpx.AsyncClient, storefront: Storefront, order: Order, body: object
) -> None:
    answer = await client.post(
        f"{customer_path(order)}/messages", json={"body": body}, headers=storefront.headers
    )

    assert (answer.status_code, code(answer)) == (422, "validation_failed")


async def test_longest_text_is_kept_whole(
    client: httpx.AsyncClient, storefront: Storefront, order: Order
) -> None:
    answer = await write(client, customer_path(order), storefront.headers, "é" * 4000)

    assert (answer.status_code, answer.json()["body"]) == (201, "é" * 4000)


async def test_same_key_is_the_same_message(
    client: httpx.AsyncClient, storefront: Storefront, order: Order, staff: dict[str, str]
) -> None:
    path, headers = customer_path(order), storefront.headers
    first = await write(client, path, headers, "Hello.", "k-1")
    again = await write(client, path, headers, "Hello. ", "k-1")
    other = await write(client, path, headers, "Something else.", "k-1")
    theirs = await write(client, vendor_path(order), staff, "Hello.", "k-1")

    assert (first.json(), again.status_code) == (again.json(), 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert theirs.json()["id"] != first.json()["id"]
    assert len((await client.get(f"{path}/messages", headers=headers)).json()) == 2


async def test_same_key_twice_at_once_is_one_message(
    client: httpx.AsyncClient, storefront: Storefront, order: Order
) -> None:
    path, headers = customer_path(order), storefront.headers
    answers = await asyncio.gather(*(write(client, path, headers, "Hello.", "k-1") for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 4


async def test_flood_is_stopped_for_its_author_only(
    client: httpx.AsyncClient, storefront: Storefront, order: Order, staff: dict[str, str], database: Database
) -> None:
    async with database.vendor(order.vendor_id) as session:
        await session.execute(
            text("""
                INSERT INTO order_messages (vendor_id, order_id, author_type, author_id, body)
                SELECT vendor_id, id, 'customer', customer_id, 'again' FROM orders, generate_series(1, 19)
            """)
        )
    path, headers = customer_path(order), storefront.headers
    answers = await asyncio.gather(*(write(client, path, headers, "Hello?") for _ in range(3)))
    [allowed, *stopped] = sorted(answers, key=lambda answer: answer.status_code)

    assert allowed.status_code == 201
    for answer in stopped:
        assert (answer.status_code, code(answer)) == (429, "rate_limited")
        assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert (await write(client, vendor_path(order), staff, "Please be patient.")).status_code == 201


async def test_strangers_neither_read_nor_write(
    client: httpx.AsyncClient, storefront: Storefront, order: Order, database: Database
) -> None:
    neighbour = customer_headers(storefront.settings, await create_customer(database, storefront.vendor))

    for answer in (
        await write(client, customer_path(order), neighbour, "Hello."),
        await client.get(f"{customer_path(order)}/messages", headers=neighbour),
    ):
        assert (answer.status_code, code(answer)) == (404, "order_not_found")


async def test_streams_tell_of_a_message_and_not_what_it_says(
    live_app: FastAPI, storefront: Storefront, order: Order, staff: dict[str, str]
) -> None:
    transport = httpx.ASGITransport(live_app)
    path = f"{customer_path(order)}/events"
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        before = await write(client, vendor_path(order), staff, "Ready?")
        async with (
            listening(live_app, path, storefront.headers) as mine,
            listening(live_app, f"{VENDOR_PATH}/events", staff) as theirs,
        ):
            [now] = await mine.until(1)
            posted = await write(client, customer_path(order), storefront.headers, "Marzipan.")
            _, told = await mine.until(2)
            [event] = await theirs.until(1)
        missed = await write(client, customer_path(order), storefront.headers, "More marzipan.")
        async with (
            listening(live_app, path, storefront.headers, told.id) as mine,
            listening(live_app, f"{VENDOR_PATH}/events", staff, event.id) as theirs,
        ):
            [late] = await mine.until(1)
            events = await theirs.until(2)

    expected = {"order_id": order.id, "message_id": posted.json()["id"]}
    assert (now.id, told.id) == (f"1.{before.json()['id']}", f"1.{posted.json()['id']}")
    assert (told.name, told.data, event.name, event.data) == ("message", expected, "message", expected)
    assert late.data["message_id"] == missed.json()["id"]
    assert [each.data["message_id"] for each in events] == [posted.json()["id"], missed.json()["id"]]
    assert "arzipan" not in mine.text + theirs.text
