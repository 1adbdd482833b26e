"""How tests ask for things as an operator, with the JSON that is pasted into the Temporal UI."""

from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from db.tables import OrderEvent
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.shop import QUICK, Shop
from workflows.messages import OrderInput, OrderPolicy
from workflows.operator_messages import OperatorActed

WHO = {"operator": "ada.l", "reason": "ticket 4711"}


async def operate(shop: Shop, given: OrderInput, update: str, **arguments: Any) -> OperatorActed:  # noqa: ANN401 -- JSON
    """Send an operator's update and wait for what became of it."""
    acted: OperatorActed = await shop.handle(given).execute_update(
        update, WHO | arguments, result_type=OperatorActed
    )
    return acted


async def refused(asked: Awaitable[object]) -> str | None:
    """The code with which an update is refused."""
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await asked
    assert isinstance(failed.value.cause, ApplicationError)
    return failed.value.cause.type


async def history_length(shop: Shop, given: OrderInput) -> int:
    """How many events the workflow's history has."""
    return (await shop.handle(given).describe()).history_length


async def operator_events(shop: Shop, given: OrderInput) -> list[tuple[str, dict[str, Any]]]:
    """What operators did to an order: the kind and data of each event; fails unless it says who and why."""
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        statement = select(OrderEvent).where(
            OrderEvent.order_id == order.id, OrderEvent.type.startswith("operator.")
        )
        events = (await session.scalars(statement.order_by(OrderEvent.sequence))).all()
    for event in events:
        assert (event.actor_type, event.cause) == ("system", "operator:ada.l")
        assert WHO.items() <= event.data.items()
    return [(event.type, {k: v for k, v in event.data.items() if k not in WHO}) for event in events]


async def confirmed_order(shop: Shop, stripe: SandboxProcess, policy: OrderPolicy = QUICK) -> OrderInput:
    """An order that is paid."""
    given = await shop.claim(policy=policy)
    await shop.place(given)
    await stripe.confirm(str((await shop.order(given)).payment_reference))
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    return given
