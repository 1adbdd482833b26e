"""Some orders, one after the other, and what they left in Temporal."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from bench.histories import HistoryCost, cost_of, first_task, is_at_rest
from bench.scenarios import MANUAL_PLACING, ORDER_LIFE, STRIPE_PLACING, Scenarios

ORDERS_OF_A_KIND = 5
_KINDS = 3
ORDERS = ORDERS_OF_A_KIND * _KINDS
_PATIENCE = 30.0
_LOOK_AGAIN = 0.1


async def count_costs(scenarios: Scenarios, client: Client) -> list[HistoryCost]:
    """Place orders, take some through a whole life, and count their histories."""
    stripe = await _histories(scenarios, client, lambda: scenarios.place_one("stripe"))
    manual = await _histories(scenarios, client, lambda: scenarios.place_one("manual"))
    lives = await _histories(scenarios, client, scenarios.live_one)
    return [
        cost_of(f"{STRIPE_PLACING}, until it is placed", [first_task(events) for events in stripe]),
        cost_of(f"{MANUAL_PLACING}, with its e-mails", manual),
        cost_of(f"{ORDER_LIFE}, until delivered and told", lives),
    ]


async def _histories(
    scenarios: Scenarios, client: Client, make: Callable[[], Awaitable[dict[str, Any]]]
) -> list[list[HistoryEvent]]:
    numbers = [(await make())["order_number"] for _ in range(ORDERS_OF_A_KIND)]
    await scenarios.mails_are_sent()
    return [await _history_at_rest(client, number) for number in numbers]


async def _history_at_rest(client: Client, number: str) -> list[HistoryEvent]:
    deadline = time.monotonic() + _PATIENCE
    while True:
        events = list((await client.get_workflow_handle(number).fetch_history()).events)
        if is_at_rest(events):
            return events
        if time.monotonic() > deadline:
            raise TimeoutError(f"{number} did not come to rest within {_PATIENCE:.0f} s")
        await asyncio.sleep(_LOOK_AGAIN)
