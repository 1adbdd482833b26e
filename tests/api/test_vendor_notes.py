"""Notes about an order: its vendor's people share them, and nobody else gets to know."""

import asyncio

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from db.session import Database
from db.tables import Order
from tests.api.backoffice import create_order, vendor_headers
from tests.api.listening import listening
from tests.api.storefront import Storefront, code
from tests.builders import create_customer, create_product, create_vendor, create_vendor_user

PATH = "/api/v1/vendor/orders"
HUGE = 10**30


@pytest_asyncio.fixture
async def order(database: Database, storefront: Storefront) -> Order:
    return await create_order(database, storefront.customer, storefront.mug, status="delivered")


@pytest_asyncio.fixture
async def staff(database: Database, storefront: Storefront) -> dict[str, str]:
    user = await create_vendor_user(database, storefront.vendor, role="staff")
    return vendor_headers(storefront.settings, user)


@pytest_asyncio.fixture
async def colleague(database: Database, storefront: Storefront) -> dict[str, str]:
    return vendor_headers(storefront.settings, await create_vendor_user(database, storefront.vendor))


async def note(
    client: httpx.AsyncClient, order: Order, headers: dict[str, str], body: object, key: str | None = None
) -> httpx.Response:
    given = headers if key is None else {**headers, "Idempotency-Key": key}
    return await client.post(f"{PATH}/{order.id}/notes", json={"body": body}, headers=given)


async def test_colleagues_read_each_others_notes_oldest_first(
    client: httpx.AsyncClient, order: Order, staff: dict[str, str], colleague: dict[str, str]
) -> None:
    first = await note(client, order, staff, "  Rings twice.\n")
    second = await note(client, order, colleague, "<b>Called back</b>")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["body"] == "Rings twice."
    author = first.json()["author"]
    assert (author["first_name"], author["last_name"]) == ("Olga", "Owner")
    assert author["id"] != second.json()["author"]["id"]
    read = (await client.get(f"{PATH}/{order.id}/notes", headers=colleague)).json()
    assert read == [first.json(), second.json()]
    assert (await client.get(f"{PATH}/{order.id}", headers=staff)).json()["notes"] == read


async def test_order_without_notes_has_none(
    client: httpx.AsyncClient, order: Order, staff: dict[str, str]
) -> None:
    assert (await client.get(f"{PATH}/{order.id}/notes", headers=staff)).json() == []
    assert (await client.get(f"{PATH}/{order.id}", headers=staff)).json()["notes"] == []


async def test_customer_reads_nothing_of_a_note(
    client: httpx.AsyncClient, storefront: Storefront, order: Order, staff: dict[str, str]
) -> None:
    await note(client, order, staff, "Beware of the marzipan.")
    mine = f"{storefront.path}/orders/my-orders"

    for path in (mine, f"{mine}/{order.id}", f"{mine}/{order.id}/messages"):
        answer = await client.get(path, headers=storefront.headers)
        assert answer.status_code == 200
        assert "marzipan" not in answer.text
    for path in (f"{mine}/{order.id}/notes", f"{PATH}/{order.id}/notes"):
        refused = await client.get(path, headers=storefront.headers)
        assert refused.status_code in {401, 403, 404}
    assert "marzipan" not in (await client.get(PATH, headers=staff)).text


async def test_streams_tell_nothing_of_a_note(
    live_app: FastAPI, storefront: Storefront, order: Order, staff: dict[str, str]
) -> None:
    """What is written after the note is the first thing that is told."""
    transport = httpx.ASGITransport(live_app)
    path = f"{storefront.path}/orders/my-orders/{order.id}"
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client,
        listening(live_app, f"{path}/events", storefront.headers) as mine,
        listening(live_app, f"{PATH}/events", staff) as theirs,
    ):
        [now] = await mine.until(1)
        await note(client, order, staff, "Beware of the marzipan.")
        await client.post(f"{path}/messages", json={"body": "Hello?"}, headers=storefront.headers)
        _, told = await mine.until(2)
        [event] = await theirs.until(1)

    assert (now.name, told.name, event.name) == ("order", "message", "message")
    assert "marzipan" not in mine.text + theirs.text


async def test_stream_of_one_order_tells_its_vendor_of_notes_and_goes_on_after_the_last(
    live_app: FastAPI, order: Order, staff: dict[str, str], colleague: dict[str, str]
) -> None:
    transport = httpx.ASGITransport(live_app)
    path = f"{PATH}/{order.id}/events"
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        await note(client, order, staff, "Before anybody looked.")
        async with listening(live_app, path, staff) as stream:
            await stream.until(1)
            first = await note(client, order, colleague, "Beware of the marzipan.")
            now, told = await stream.until(2)
        missed = [await note(client, order, colleague, text) for text in ("Missed.", "Missed, too.")]
        async with listening(live_app, path, staff, told.id) as again:
            await again.until(2)
            after = await note(client, order, staff, "Heard.")
            heard = await again.until(3)
        async with listening(live_app, path, staff, told.id.rpartition(".")[0]) as other_kind:
            [anew] = await other_kind.until(1)

    assert (now.name, told.name, anew.name) == ("order", "note", "order")
    assert told.data == {"order_id": order.id, "note_id": first.json()["id"]}
    assert [event.name for event in heard] == ["note"] * 3
    assert [event.data["note_id"] for event in heard] == [one.json()["id"] for one in [*missed, after]]
    assert "marzipan" not in stream.text + again.text


async def test_same_key_is_the_same_note_of_its_author(
    client: httpx.AsyncClient, order: Order, staff: dict[str, str], colleague: dict[str, str]
) -> None:
    first = await note(client, order, staff, "Called.", "k-1")
    again = await note(client, order, staff, "Called. ", "k-1")
    other = await note(client, order, staff, "Something else.", "k-1")
    theirs = await note(client, order, colleague, "Called.", "k-1")

    assert (first.json(), again.status_code) == (again.json(), 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert theirs.json()["id"] != first.json()["id"]
    assert len((await client.get(f"{PATH}/{order.id}/notes", headers=staff)).json()) == 2


async def test_same_key_twice_at_once_is_one_note(
    client: httpx.AsyncClient, order: Order, staff: dict[str, str]
) -> None:
    answers = await asyncio.gather(*(note(client, order, staff, "Called.", "k-1") for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 4


async def test_notes_without_a_key_are_as_many_as_were_sent(
    client: httpx.AsyncClient, order: Order, staff: dict[str, str]
) -> None:
    ids = {(await note(client, order, staff, "Called.")).json()["id"] for _ in range(2)}

    assert len(ids) == 2


async def test_longest_text_is_kept_whole(
    client: httpx.AsyncClient, order: Order, staff: dict[str, str]
) -> None:
    answer = await note(client, order, staff, "é" * 4000)

    assert (answer.status_code, answer.json()["body"]) == (201, "é" * 4000)


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 4001, "a\u0000b", 7, None, ["x"]])
async def test_text_that_is_none_is_refused(
    client: httpx.AsyncClient, order: Order, staff: dict[str, str], body: object
) -> None:
    answer = await note(client, order, staff, body)

    assert (answer.status_code, code(answer)) == (422, "validation_failed")


async def test_rubbish_around_the_text_is_refused(
    client: httpx.AsyncClient, order: Order, staff: dict[str, str]
) -> None:
    path = f"{PATH}/{order.id}/notes"
    for answer in (
        await client.post(path, json={"body": "x", "author": 1}, headers=staff),
        await client.post(path, content=b"{", headers=staff),
        await client.post(f"{PATH}/{HUGE}/notes", json={"body": "x"}, headers=staff),
        await client.get(f"{PATH}/0/notes", headers=staff),
    ):
        assert (answer.status_code, code(answer)) == (422, "validation_failed")
    bad_key = await note(client, order, staff, "x", "k" * 256)
    assert (bad_key.status_code, code(bad_key)) == (422, "idempotency_key_invalid")


async def test_order_of_another_vendor_cannot_be_noted_on(
    client: httpx.AsyncClient, staff: dict[str, str], database: Database
) -> None:
    vendor = await create_vendor(database)
    customer = await create_customer(database, vendor)
    theirs = await create_order(database, customer, await create_product(database, vendor))

    for answer in (
        await note(client, theirs, staff, "Hello."),
        await client.get(f"{PATH}/{theirs.id}/notes", headers=staff),
    ):
        assert (answer.status_code, code(answer)) == (404, "order_not_found")
