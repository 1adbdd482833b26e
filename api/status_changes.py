"""A vendor's changes of an order's status: waited for, or handed to the order's workflow and left to it."""

from dataclasses import dataclass
from typing import Any

from api.commands import Outcome, record, submit
from api.engine import Engine
from api.engine_failures import EngineSlow, WorkflowGone
from db.queries.command_outcomes import command_outcome
from db.session import Database
from db.tables import Order
from domain.errors import EngineUnavailable, OrderClosed
from domain.lifecycle import ActorType, OrderStatus, PaymentMethod, PaymentStatus, check_transition
from workflows.messages import CHANGE_STATUS, CHANGE_STATUS_LATER, Actor, StatusChange

_KIND = "status"


@dataclass(frozen=True)
class StatusCommand:
    """Which status a vendor user wants an order to have, and what they say with it."""

    order: Order
    target: OrderStatus
    user_id: int
    body: dict[str, Any]
    idempotency_key: str | None

    @property
    def actor(self) -> Actor:
        return Actor(ActorType.VENDOR, self.user_id)

    def message(self, command_id: int) -> StatusChange:
        """What the order's workflow is told; the rest it reads from the stored command."""
        return StatusChange(self.target, self.actor, command_id)


async def change_status(database: Database, engine: Engine, wanted: StatusCommand) -> Outcome:
    """Move an order on and wait for it. Raises TransitionNotAllowed, OrderClosed, EngineUnavailable."""
    return await submit(
        database,
        engine,
        order=wanted.order,
        kind=_KIND,
        update=CHANGE_STATUS,
        target=wanted.target,
        message_factory=wanted.message,
        actor=wanted.actor,
        body=wanted.body,
        idempotency_key=wanted.idempotency_key,
    )


async def change_status_later(database: Database, engine: Engine, wanted: StatusCommand) -> bool:
    """Hand a change to the order's workflow without waiting for it; whether it was given before.

    Raises TransitionNotAllowed for what the stored order does not allow now. What the workflow made of it is
    in the order's history, or kept with the command if it was refused.
    """
    order = wanted.order
    command_id, known = await record(
        database,
        order=order,
        kind=_KIND,
        actor=wanted.actor,
        body=wanted.body,
        idempotency_key=wanted.idempotency_key,
    )
    if known and await _is_decided(database, order, command_id):
        return True
    check_transition(
        OrderStatus(order.status),
        wanted.target,
        payment_status=PaymentStatus(order.payment_status),
        payment_method=PaymentMethod(order.payment_method),
        actor=ActorType.VENDOR,
    )
    try:
        await engine.signal(order.order_number, CHANGE_STATUS_LATER, wanted.message(command_id))
    except EngineSlow:
        raise EngineUnavailable("The order system does not answer at the moment; please try again.") from None
    except WorkflowGone:
        raise OrderClosed("This order is closed.", order_number=order.order_number) from None
    return known


async def _is_decided(database: Database, order: Order, command_id: int) -> bool:
    async with database.direct(order.vendor_id, reading=True) as direct:
        return await command_outcome(direct, command_id=command_id) is not None
