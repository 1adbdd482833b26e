"""Admission: a bounded number at a time, turns in order, and an early word for who would wait too long."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from api.admission import Admission, AdmissionPolicy
from api.admission_limit import LimitPolicy
from api.app import create_app
from db.session import Database
from db.tables import Cart
from domain.errors import Overloaded
from settings import Settings
from tests.api.storefront import Storefront, code
from tests.waiting import eventually


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def an_admission(*, places: int, max_wait: float, seconds: float = 6.0) -> tuple[Admission, Clock]:
    """One with so many places, which stay, and where an order takes so many seconds."""
    clock = Clock()
    limit = LimitPolicy(delay=seconds, start=places, least=places, most=places)
    return Admission(AdmissionPolicy(limit, max_wait), clock=clock), clock


async def serve(admission: Admission, clock: Clock, *, seconds: float, at_a_time: int) -> None:
    """So many get in together, and all of them leave after so many seconds."""
    async with AsyncExitStack() as inside:
        for _ in range(at_a_time):
            await inside.enter_async_context(admission.turn())
        clock.now += seconds


async def test_turns_come_in_order() -> None:
    admission, _ = an_admission(places=1, max_wait=10_000)
    served: list[int] = []

    async def visitor(number: int) -> None:
        async with admission.turn():
            served.append(number)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(visitor(number))

    assert served == list(range(20))
    assert (admission.inside, admission.waiting) == (0, 0)


async def test_who_would_wait_too_long_is_told_at_once_when_to_come_back() -> None:
    admission, clock = an_admission(places=2, max_wait=4.0)
    await serve(admission, clock, seconds=6.0, at_a_time=2)

    async with AsyncExitStack() as inside:
        for _ in range(2):
            await inside.enter_async_context(admission.turn())
        # Two at a time for six seconds each: the first who waits has three seconds to wait, the second six.
        first = asyncio.create_task(inside.enter_async_context(admission.turn()))
        await asyncio.sleep(0)
        pauses = []
        for _ in range(4):
            with pytest.raises(Overloaded) as refused:
                await admission.turn().__aenter__()
            pauses.append(refused.value.fields["retry_after"])
        with pytest.raises(Overloaded):
            admission.check()
        assert admission.waiting == 1
        first.cancel()
        await asyncio.wait([first])
        admission.check()

    # One after the other behind the line, and never longer than somebody would stay.
    assert pauses == [9, 12, 15, 15]
    assert (admission.inside, admission.waiting) == (0, 0)


async def test_who_is_in_line_stays_unless_nothing_moves_any_more() -> None:
    admission, _ = an_admission(places=1, max_wait=100.0)
    admission_that_stands, _ = an_admission(places=1, max_wait=0.02, seconds=0.01)

    for line, outcome in ((admission, None), (admission_that_stands, Overloaded)):
        async with line.turn():
            waiting = asyncio.create_task(line.turn().__aenter__())
            await asyncio.wait([waiting], timeout=0.2)
            assert (line.inside, line.waiting) == (1, 1 if outcome is None else 0)
        await asyncio.wait([waiting])
        error = waiting.exception()
        assert error is None if outcome is None else isinstance(error, outcome)


@pytest.fixture
def crowded_app(lone_settings: Settings, database: Database) -> FastAPI:
    """An application that places one order at a time."""
    app = create_app(lone_settings, database=database)
    app.state.context.admission._rule._limit = 1.0
    app.state.context.admission._rule._interval = 60.0
    return app


async def test_crowd_is_sent_away_and_reads_go_on(
    crowded_app: FastAPI, storefront: Storefront, database: Database
) -> None:
    """One placement is held by a lock on its cart; the next is refused before anything was done for it."""
    first, second = [await storefront.cart([(storefront.mug, 1)]) for _ in range(2)]
    transport = httpx.ASGITransport(crowded_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:

        async def place(cart: Cart) -> httpx.Response:
            body = storefront.order_request(cart, payment_method="manual")
            return await client.post(f"{storefront.path}/orders", json=body, headers=storefront.headers)

        async def inside() -> int:
            held: int = crowded_app.state.context.admission.inside
            return held

        async with database.vendor(storefront.vendor.id) as session:
            await session.execute(select(Cart.id).where(Cart.id == first.id).with_for_update())
            placing = asyncio.create_task(place(first))
            await eventually(inside, lambda number: number == 1)
            refused = await place(second)
            stranger = await client.post(f"{storefront.path}/orders", json={"session_id": "s" * 32})
            listed = await client.get(f"{storefront.path}/products")
        placed = await placing
        metrics = (await client.get("/metrics")).text

    assert (refused.status_code, code(refused)) == (503, "overloaded")
    assert int(refused.headers["Retry-After"]) >= 1
    # Not even who it is was looked at.
    assert (stranger.status_code, code(stranger)) == (503, "overloaded")
    assert listed.status_code == 200
    # Temporal is away in this test.
    assert (placed.status_code, code(placed)) == (503, "engine_unavailable")
    assert 'orion_placements_total{outcome="overloaded"} 2.0' in metrics
    assert "orion_placements_waiting 0.0" in metrics
    await crowded_app.state.context.stop_listening()


async def test_waiting_for_a_connection_is_bounded_and_told_as_overload(
    lone_settings: Settings, storefront: Storefront
) -> None:
    settings = lone_settings.model_copy(update={"database_pool_size": 1, "database_wait": 0.1})
    app = create_app(settings)
    database = app.state.context.database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        async with database.vendor(storefront.vendor.id):
            answer = await client.get(f"{storefront.path}/products")
        later = await client.get(f"{storefront.path}/products")

    assert (answer.status_code, code(answer), later.status_code) == (503, "overloaded", 200)
    await database.close()
    await app.state.context.stop_listening()
