"""Every order event is announced once its transaction has committed."""

import asyncio
import json
from datetime import datetime

from sqlalchemy import insert

from db.session import Database
from db.tables import OrderEvent
from tests.db.rows import copy_of, fill_every_table


async def test_order_event_is_announced_with_ids_only(database: Database) -> None:
    rows = await fill_every_table(database, "one")
    received: asyncio.Queue[str] = asyncio.Queue()

    def receive(_connection: object, _pid: int, _channel: str, payload: str) -> None:
        received.put_nowait(payload)

    async with database.engine.connect() as listening:
        driver = (await listening.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.add_listener("order_events", receive)
        event = copy_of("order_events", rows["order_events"], sequence=7)
        async with database.vendor(event["vendor_id"]) as session:
            await session.execute(insert(OrderEvent).values(event))
        async with asyncio.timeout(5):
            payload = json.loads(await received.get())
        await driver.remove_listener("order_events", receive)
    assert payload.pop("id") > rows["order_events"]["id"]
    assert 0 < payload.pop("horizon") <= event["transaction_id"] + 1
    assert datetime.fromisoformat(payload.pop("created_at")) == event["created_at"]
    assert payload == {
        "vendor_id": event["vendor_id"],
        "order_id": event["order_id"],
        "sequence": 7,
        "type": event["type"],
        "status": None,
        "payment_status": "pending",
    }
    assert received.empty()
