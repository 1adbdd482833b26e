"""How a placement ends is announced once its transaction has committed."""

import asyncio

import pytest
from sqlalchemy import update

from db.session import Database
from db.tables import Placement
from tests.db.rows import fill_every_table


@pytest.mark.parametrize(("state", "told"), [("placed", True), ("refused", True), ("created", False)])
async def test_end_of_a_placement_is_announced_once(database: Database, state: str, told: bool) -> None:
    placement = (await fill_every_table(database, "one"))["placements"]
    vendor, mine = placement["vendor_id"], Placement.id == placement["id"]
    async with database.vendor(vendor) as session:
        await session.execute(update(Placement).where(mine).values(state="claimed"))
    received: asyncio.Queue[str] = asyncio.Queue()
    async with database.engine.connect() as listening:
        driver = (await listening.get_raw_connection()).driver_connection
        assert driver is not None
        hear = lambda *given: received.put_nowait(given[-1])  # noqa: E731 -- removed by its name again
        await driver.add_listener("placements", hear)
        for _ in range(2):
            async with database.vendor(vendor) as session:
                await session.execute(update(Placement).where(mine).values(state=state))
        async with database.vendor(vendor) as session:
            await session.execute(update(Placement).where(mine).values(state="claimed"))
        await driver.execute("SELECT 1")
        await driver.remove_listener("placements", hear)
    assert [received.get_nowait() for _ in range(received.qsize())] == [f"{placement['id']} {state}"] * told
