"""What people ask of an order: kept first, then put to its workflow, and answered with the order."""

import asyncio
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.engine import Engine
from api.engine_failures import EngineSlow, WorkflowGone
from db.queries import order_commands, orders
from db.queries.command_outcomes import command_outcome
from db.queries.orders import StoredOrder
from db.session import Database
from db.tables import Order
from domain.errors import IdempotencyKeyReused, OrderClosed, TransitionNotAllowed
from domain.lifecycle import (
    ActorType,
    CancelReason,
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
    check_transition,
)
from workflows.messages import CANCEL, CATCHING_UP, Actor, Cancellation, OrderMoved


@dataclass(frozen=True)
class Outcome:
    """The order after a command.

    `replayed` when the command had been given before under the same key, `accepted_only` when the workflow
    has it and did not answer in time. `changed` is false when the order stood so already.
    """

    order: StoredOrder
    replayed: bool
    accepted_only: bool
    changed: bool = True


async def submit(
    database: Database,
    engine: Engine,
    *,
    order: Order,
    kind: str,
    update: str,
    target: OrderStatus,
    message_factory: Callable[[int], object],
    actor: Actor,
    body: dict[str, Any],
    idempotency_key: str | None,
) -> Outcome:
    """Have an order's workflow do what `actor` asks for, once for each key.

    `body` holds the free text, which stays in the database; `message_factory` makes the workflow's message
    from the command's id. `target` is the status that is asked for. Raises what the workflow refuses, such
    as TransitionNotAllowed; IdempotencyKeyReused, EngineUnavailable.
    """
    command_id, replayed = await record(
        database, order=order, kind=kind, actor=actor, body=body, idempotency_key=idempotency_key
    )
    slow = gone = False
    changed = True
    try:
        moved = await _move(
            database, engine, order, update, message_factory(command_id), update_id=f"{kind}-{command_id}"
        )
        changed = moved.changed
    except EngineSlow:
        slow = True
    except WorkflowGone:
        gone = True
    async with database.direct(order.vendor_id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order.id)
        outcome = await command_outcome(direct, command_id=command_id) if gone else None
    if gone and not (outcome or {}).get("applied"):
        _check_ended(stored.order, target, ActorType(actor.type))
        changed = False
    return Outcome(stored, replayed, accepted_only=slow, changed=changed)


async def _move(
    database: Database, engine: Engine, order: Order, update: str, message: object, *, update_id: str
) -> OrderMoved:
    """What the workflow makes of a message; it is asked again where it refuses for a status of before.

    What a worker stored just before it died is known to the workflow a moment after the caller has read it:
    a change of status, or the order itself, whose shopper was answered once it was committed.
    """
    for pause in (*CATCHING_UP, None):
        try:
            return await engine.update(
                order.order_number, update, message, update_id=update_id, answer=OrderMoved
            )
        except (TransitionNotAllowed, OrderClosed) as refusal:
            if pause is None or not await _is_behind(database, order, refusal):
                raise
            await asyncio.sleep(pause)
    raise RuntimeError("the last attempt answers or raises")


async def _is_behind(database: Database, order: Order, refusal: TransitionNotAllowed | OrderClosed) -> bool:
    """Whether the order's row stands otherwise than the workflow said when it refused."""
    async with database.direct(order.vendor_id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order.id)
    return stored.order.status != refusal.fields.get("status", stored.order.status)


async def record(
    database: Database,
    *,
    order: Order,
    kind: str,
    actor: Actor,
    body: dict[str, Any],
    idempotency_key: str | None,
) -> tuple[int, bool]:
    """Keep a command and return its id, and whether it was kept before under this key.

    Raises IdempotencyKeyReused when the key was used for another command on this order.
    """
    if actor.id is None:
        raise ValueError("only somebody with an id gives commands")
    content = json.dumps({"kind": kind, "body": body}, sort_keys=True)
    request_hash = hashlib.sha256(content.encode()).hexdigest()
    async with database.direct(order.vendor_id) as direct:
        command = await order_commands.add_command(
            direct,
            vendor_id=order.vendor_id,
            order_id=order.id,
            kind=kind,
            actor_type=actor.type,
            actor_id=actor.id,
            idempotency_key=idempotency_key or str(uuid.uuid4()),
            request_hash=request_hash,
            body=body,
        )
        if command.request_hash != request_hash:
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request on this order.")
    return command.id, command.known


async def cancel_by_customer(
    database: Database,
    engine: Engine,
    *,
    order: Order,
    customer_id: int,
    reason: str | None,
    idempotency_key: str | None,
) -> Outcome:
    """Cancel an order for its customer, or for the account of its guest.

    Raises TransitionNotAllowed once it is being processed.
    """
    actor = Actor(ActorType.CUSTOMER, customer_id)

    def message(command_id: int) -> Cancellation:
        return Cancellation(reason=CancelReason.CUSTOMER, actor=actor, command_id=command_id)

    return await submit(
        database,
        engine,
        order=order,
        kind="cancel",
        update=CANCEL,
        target=OrderStatus.CANCELLED,
        message_factory=message,
        actor=actor,
        body={"reason": reason},
        idempotency_key=idempotency_key,
    )


def _check_ended(order: Order, target: OrderStatus, actor: ActorType) -> None:
    """Raise why an order whose workflow has ended cannot become `target`, unless it is."""
    if order.status == target:
        return
    check_transition(
        OrderStatus(order.status),
        target,
        payment_status=PaymentStatus(order.payment_status),
        payment_method=PaymentMethod(order.payment_method),
        actor=actor,
    )
    raise OrderClosed("This order is closed; please contact the shop.", order_number=order.order_number)
