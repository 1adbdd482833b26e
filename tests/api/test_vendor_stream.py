"""The stream of all a vendor's orders: nothing is missed, whatever the order of commits."""

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.live import vendor_stream
from db.session import Database
from db.tables import VendorUser
from tests.api.backoffice import create_order, vendor_headers
from tests.api.listening import Heard, listening
from tests.api.order_events import happen, write_event
from tests.api.storefront import Storefront, open_storefront
from tests.builders import create_vendor_user

PATH = "/api/v1/vendor/orders/events"


def which(events: list[Heard]) -> list[tuple[int, int]]:
    return [(event.data["order_id"], event.data["sequence"]) for event in events]


@pytest.fixture
async def staff(storefront: Storefront, database: Database) -> VendorUser:
    return await create_vendor_user(database, storefront.vendor)


async def test_stream_tells_all_orders_of_the_vendor_and_no_others(
    live_app: FastAPI, storefront: Storefront, staff: VendorUser, database: Database
) -> None:
    other = await open_storefront(database, storefront.settings)
    theirs = await create_order(database, other.customer, other.mug)
    one = await create_order(database, storefront.customer, storefront.mug)

    async with listening(live_app, PATH, vendor_headers(storefront.settings, staff)) as stream:
        await happen(database, theirs, "processing")
        await happen(database, one, "processing")
        two = await create_order(database, storefront.customer, storefront.pot)
        events = await stream.until(2)

    assert which(events) == [(one.id, 2), (two.id, 1)]
    assert [event.data["status"] for event in events] == ["processing", "pending"]


async def test_stream_that_was_interrupted_before_its_first_event_misses_none(
    live_app: FastAPI, storefront: Storefront, staff: VendorUser, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    headers = vendor_headers(storefront.settings, staff)

    async with listening(live_app, PATH, headers) as stream:
        assert stream.events == []
    await happen(database, order, "processing", "shipped")
    async with listening(live_app, PATH, headers, stream.id) as again:
        assert which(await again.until(2)) == [(order.id, 2), (order.id, 3)]
        await happen(database, order, "delivered")
        assert which(await again.until(3))[2:] == [(order.id, 4)]


async def test_event_that_becomes_visible_after_one_with_a_greater_id_is_not_missed(
    live_app: FastAPI, storefront: Storefront, staff: VendorUser, database: Database
) -> None:
    slow = await create_order(database, storefront.customer, storefront.mug)
    quick = await create_order(database, storefront.customer, storefront.mug)
    headers = vendor_headers(storefront.settings, staff)

    async with listening(live_app, PATH, headers) as stream:
        async with database.vendor(slow.vendor_id) as session:
            await write_event(session, slow.id, to_status="processing")
            await happen(database, quick, "processing", None)
            [*_, last] = await stream.until(2)
            async with listening(live_app, PATH, headers, last.id) as meanwhile:
                assert set(which(await meanwhile.until(2))) == {(quick.id, 2), (quick.id, 3)}
        assert which(await stream.until(3)) == [(quick.id, 2), (quick.id, 3), (slow.id, 2)]
        assert which(await meanwhile.until(0)) == [(quick.id, 2), (quick.id, 3)]
    async with listening(live_app, PATH, headers, last.id) as after:
        events = which(await after.until(3))
    async with listening(live_app, PATH, headers, meanwhile.events[-1].id) as after:
        assert (slow.id, 2) in which(await after.until(1))

    assert sorted(events) == sorted([(quick.id, 2), (quick.id, 3), (slow.id, 2)])


@pytest.mark.parametrize("rubbish", ["", "x", "-1", "1.5", "9" * 400])
async def test_rubbish_is_no_last_event(
    live_app: FastAPI, storefront: Storefront, staff: VendorUser, database: Database, rubbish: str
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    await happen(database, order, None, None)

    headers = vendor_headers(storefront.settings, staff)
    async with listening(live_app, PATH, headers, rubbish) as stream:
        await happen(database, order, None)
        assert which(await stream.until(1)) == [(order.id, 4)]


@pytest.mark.parametrize("ahead", [False, True], ids=["long ago", "of another database"])
async def test_reader_who_missed_too_much_is_told_to_load_anew(
    live_app: FastAPI,
    storefront: Storefront,
    staff: VendorUser,
    database: Database,
    ahead: bool,
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    async with database.vendor(order.vendor_id) as session:
        await session.execute(
            text("""
                INSERT INTO order_events (vendor_id, order_id, sequence, type, payment_status, actor_type)
                SELECT :vendor_id, :order_id, number, 'order.processing', 'paid', 'system'
                FROM generate_series(2, :last) AS number
            """),
            {
                "vendor_id": order.vendor_id,
                "order_id": order.id,
                "last": vendor_stream.MOST_REPLAYED + 1,
            },
        )
    headers = vendor_headers(storefront.settings, staff)

    async with listening(live_app, PATH, headers, "9" * 18 if ahead else "1") as stream:
        [reset] = await stream.until(1)
        await happen(database, order, None)
        [_, event] = await stream.until(2)
    async with listening(live_app, PATH, headers, reset.id) as again:
        assert which(await again.until(1)) == which([event])

    assert (reset.name, reset.data) == ("reset", {})


async def test_stream_of_one_order_ends_for_somebody_who_has_left(
    live_app: FastAPI, storefront: Storefront, staff: VendorUser, database: Database
) -> None:
    order = await create_order(database, storefront.customer, storefront.mug)
    other = await create_order(database, storefront.customer, storefront.mug)
    path = f"/api/v1/vendor/orders/{order.id}/events"

    async with listening(live_app, path, vendor_headers(storefront.settings, staff)) as stream:
        assert which(await stream.until(1)) == [(order.id, 1)]
        await happen(database, other, "processing")
        await happen(database, order, "processing")
        assert which(await stream.until(2)) == [(order.id, 1), (order.id, 2)]
        async with database.platform() as session:
            (await session.get_one(VendorUser, staff.id)).is_active = False
        await happen(database, order, "shipped")
        await stream.end()

    assert which(stream.events) == [(order.id, 1), (order.id, 2)]
