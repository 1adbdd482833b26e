"""Cancellations that a vendor asks for, with what becomes of the pieces and who is told."""

from dataclasses import dataclass
from typing import Any

from api.commands import Outcome, submit
from api.engine import Engine
from db.session import Database
from db.tables import Order
from domain.lifecycle import ActorType, CancelReason, OrderStatus
from workflows.messages import CANCEL, Actor, Cancellation


@dataclass(frozen=True)
class CancelCommand:
    """Why a vendor user wants an order cancelled, and their choices; `body` is what is kept of it."""

    order: Order
    user_id: int
    reason: CancelReason
    restock: bool
    notify_customer: bool
    body: dict[str, Any]
    idempotency_key: str | None

    @property
    def actor(self) -> Actor:
        return Actor(ActorType.VENDOR, self.user_id)

    def message(self, command_id: int) -> Cancellation:
        """What the order's workflow is told; notes it reads from the stored command."""
        return Cancellation(self.reason, self.actor, command_id, self.restock, self.notify_customer)


async def cancel_by_vendor(database: Database, engine: Engine, wanted: CancelCommand) -> Outcome:
    """Cancel an order for its vendor. Raises TransitionNotAllowed, OrderClosed, EngineUnavailable."""
    return await submit(
        database,
        engine,
        order=wanted.order,
        kind="cancel",
        update=CANCEL,
        target=OrderStatus.CANCELLED,
        message_factory=wanted.message,
        actor=wanted.actor,
        body=wanted.body,
        idempotency_key=wanted.idempotency_key,
    )
