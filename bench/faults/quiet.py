"""Waiting until nothing is under way any more."""

import asyncio
import time
from collections.abc import Callable

from bench.faults.books import by_order, read_tables
from bench.faults.mailing import expected_mails
from bench.faults.town import Town
from db.tables import Email, Order, OrderEvent, Placement, Refund


async def until_quiet(town: Town, within: float, show: Callable[[str], None]) -> bool:
    """Whether all came to rest in time: no order unpaid and undecided, no refund, e-mail or webhook open.

    What does not is left for the invariants to name.
    """
    deadline = time.monotonic() + within
    while left := await _under_way(town):
        if time.monotonic() > deadline:
            return False
        show(f"waiting for quiet: {left}")
        await asyncio.sleep(1)
    return True


async def _under_way(town: Town) -> str:
    """What is not over, in words; nothing once all is."""
    rows = await read_tables(town.database)
    events, orders = by_order(rows[OrderEvent]), rows[Order]
    sent = {(mail.order_id, mail.email_key) for mail in rows[Email] if mail.sent_at is not None}
    wanted = {
        (order.id, mail.key)
        for order in orders
        for mail in expected_mails(order, events.get(order.id, ()))
        if not mail.optional
    }
    pending = (await town.sandbox("GET", "deliveries?state=pending&limit=1000"))["deliveries"]
    counts = {
        "placements": sum(placement.state in ("claimed", "created") for placement in rows[Placement]),
        "unpaid orders": sum(order.status == "pending" for order in orders),
        "refunds": sum(refund.status == "pending" for refund in rows[Refund]),
        "e-mails": len(wanted - sent),
        "webhooks": len(pending),
    }
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number)
