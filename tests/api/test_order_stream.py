"""The stream of one order: its beginning, where it goes on, and whom it is for."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.live.order_stream import order_stream
from api.live.responses import STREAMED
from api.tokens import Audience, Claims
from db.session import Database
from db.tables import Order
from domain.errors import OrderNotFound
from tests.api.backoffice import create_order
from tests.api.listening import Heard, Stream, listening
from tests.api.order_events import happen, write_event
from tests.api.storefront import Storefront, bearer, customer_headers
from tests.builders import create_customer
from tests.waiting import eventually

LISTENERS = "FROM pg_stat_activity WHERE application_name = 'orion-live' AND datname = current_database()"


def path(order: Order) -> str:
    return f"/api/v1/public/vendors/{order.vendor_id}/orders/my-orders/{order.id}/events"


async def always() -> bool:
    return True


def sequences(events: list[Heard]) -> list[int]:
    return [event.data["sequence"] for event in events]


async def listeners(database: Database) -> int:
    async with database.engine.connect() as connection:
        return int((await connection.execute(text(f"SELECT count(*) {LISTENERS}"))).scalar_one())


async def test_stream_begins_with_the_present_state_and_goes_on(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    await happen(database, order, "processing")

    async with listening(live_app, path(order), storefront.headers) as stream:
        [now] = await stream.until(1)
        await happen(database, order, "shipped", None)
        _, shipped, further = await stream.until(3)

    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert stream.headers["cache-control"] == "no-store"
    assert "retry: 2000\n" in stream.text
    assert (now.name, now.id, shipped.id) == ("order", "2.0", "3.0")
    assert {
        name: now.data[name] for name in ("order_id", "sequence", "type", "status", "payment_status")
    } == {
        "order_id": order.id,
        "sequence": 2,
        "type": "order.processing",
        "status": "processing",
        "payment_status": "paid",
    }
    assert datetime.fromisoformat(now.data["created_at"]) <= datetime.now(UTC)
    assert set(shipped.data) == set(now.data) == set(further.data)
    assert [event.data["status"] for event in (shipped, further)] == ["shipped", "shipped"]


@pytest.mark.parametrize("seen", [1, 2, 3])
async def test_stream_goes_on_after_the_last_event_that_was_seen(
    live_app: FastAPI, storefront: Storefront, database: Database, seen: int
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    await happen(database, order, "processing", None)

    async with listening(live_app, path(order), storefront.headers, f"{seen}.0") as stream:
        await happen(database, order, "shipped")
        events = await stream.until(4 - seen)

    assert sequences(events) == list(range(seen + 1, 5))
    assert [event.data["status"] for event in events] == ["processing", "processing", "shipped"][seen - 1 :]


@pytest.mark.parametrize("rubbish", ["", "x", "1", "-1.0", "1.0.0", "99.0", "9" * 400, "1.0\u0661"])
async def test_rubbish_is_no_last_event(
    live_app: FastAPI, storefront: Storefront, database: Database, rubbish: str
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    await happen(database, order, "processing")

    async with listening(live_app, path(order), storefront.headers, rubbish) as stream:
        assert sequences(await stream.until(1)) == [2]


async def test_reader_who_comes_back_again_and_again_hears_all_once(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    happening = asyncio.create_task(happen(database, order, *[None] * 60))
    heard: list[int] = []
    last = "1.0"
    while len(heard) < 60:
        async with listening(live_app, path(order), storefront.headers, last) as stream:
            await stream.until(1)
            events = stream.events
        heard += sequences(events)
        last = events[-1].id
    await happening

    assert heard == list(range(2, 62))


async def test_two_viewers_share_one_connection(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    assert await listeners(database) == 0

    async with (
        listening(live_app, path(order), storefront.headers) as one,
        listening(live_app, path(order), storefront.headers) as other,
    ):
        await happen(database, order, "processing")
        assert sequences(await one.until(2)) == sequences(await other.until(2)) == [1, 2]
        assert await listeners(database) == 1
        assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a queue pool has it


async def test_what_happens_while_the_connection_is_lost_is_caught_up(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)

    async with listening(live_app, path(order), storefront.headers) as stream:
        async with database.vendor(order.vendor_id) as session:
            await write_event(session, order.id, to_status="processing")
            async with database.engine.connect() as connection:
                await connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {LISTENERS}"))
            assert await listeners(database) == 0
        await happen(database, order, None)
        assert sequences(await stream.until(3)) == [1, 2, 3]
        await eventually(lambda: listeners(database), lambda count: count == 1)
        await happen(database, order, "shipped")
        assert sequences(await stream.until(4)) == [1, 2, 3, 4]


async def test_strangers_orders_are_not_there(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    neighbour = customer_headers(storefront.settings, await create_customer(database, storefront.vendor))

    async with listening(live_app, path(order), neighbour) as stream:
        assert (stream.status, "order_not_found" in stream.text) == (404, True)
    with pytest.raises(OrderNotFound):
        await order_stream(
            live_app.state.context.hub,
            database,
            order.vendor_id + 1,
            order.id,
            None,
            until=datetime.now(UTC) + timedelta(minutes=1),
            may_hear=always,
        )


async def test_stream_ends_with_its_token(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    short = storefront.settings.model_copy(update={"token_lifetime": 2})
    claims = Claims(id=storefront.customer.id, vendor_id=storefront.vendor.id)

    async with listening(live_app, path(order), bearer(short, Audience.CUSTOMER, claims)) as stream:
        assert not stream.ended
        await stream.end(within=10)
        assert sequences(stream.events) == [1]


async def test_slow_reader_is_left_and_goes_on_where_it_was(
    narrow_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)

    async def all_left() -> int:
        return len(narrow_app.state.context.hub._all())

    async with (
        listening(narrow_app, path(order), storefront.headers) as slow,
        listening(narrow_app, path(order), storefront.headers) as quick,
    ):
        await slow.until(1)
        slow.stall()
        for count in range(2, 12):
            await happen(database, order, None)
            await quick.until(count)
        assert sequences(quick.events) == list(range(1, 12))
        assert await eventually(all_left, lambda count: count == 1) == 1
        slow.resumed.set()
        await slow.end()
    heard = slow.events
    async with listening(narrow_app, path(order), storefront.headers, heard[-1].id) as again:
        heard += await again.until(11 - len(heard))

    assert sequences(heard) == list(range(1, 12))


async def test_streams_end_when_the_hub_does_and_begin_no_more(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)

    async with listening(live_app, path(order), storefront.headers) as stream:
        live_app.state.context.hub.end_streams()
        await stream.end(within=1)
    async with listening(live_app, path(order), storefront.headers) as late:
        assert late.status == 503


async def test_stream_is_measured_by_its_beginning(
    live_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    metrics = live_app.state.metrics

    def counted() -> tuple[float | None, float | None, float | None]:
        route = "/api/v1/public/vendors/{vendor_id}/orders/my-orders/{order_id}/events"
        labels = {"method": "GET", "route": route, "status": "2xx"}
        read = metrics.registry.get_sample_value
        return (
            read("orion_http_request_duration_seconds_count", labels),
            read("orion_http_requests_in_flight"),
            read("orion_live_streams"),
        )

    async with listening(live_app, path(order), storefront.headers) as stream:
        await stream.until(1)
        assert counted() == (1, 0, 1)
    assert counted() == (1, 0, 0)
    assert 200 in STREAMED


def test_reader_reads_what_browsers_read() -> None:
    stream = Stream(text="id: 7\nretry: 2000\n\n: \n\nid: 8\nevent: order\ndata: {}\n\nid: 9\nev")

    assert stream.events == [Heard("order", {}, "8")]
