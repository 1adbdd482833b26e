"""Refunds that a vendor asks for: noted by the order's workflow, or by the one that follows it."""

from dataclasses import dataclass
from typing import Any

from api.commands import record
from api.engine import Engine
from api.engine_failures import WorkflowGone
from db.queries import orders
from db.session import Database
from db.tables import Order, Refund
from domain.lifecycle import ActorType
from workflows.messages import REFUND, Actor, AfterSale, RefundRequest, RefundRequested


@dataclass(frozen=True)
class Refunded:
    """The noted refund; `replayed` when it had been asked for before under the same key."""

    refund: Refund
    replayed: bool


async def refund_order(
    database: Database,
    engine: Engine,
    *,
    order: Order,
    vendor_code: str,
    user_id: int,
    body: dict[str, Any],
    idempotency_key: str | None,
) -> Refunded:
    """Have a refund noted and sent, once for each key.

    Raises RefundExceedsRemaining, TransitionNotAllowed, InvalidAmount, IdempotencyKeyReused; EngineSlow when
    the workflow has it and did not answer in time.
    """
    actor = Actor(ActorType.VENDOR, user_id)
    command_id, replayed = await record(
        database, order=order, kind="refund", actor=actor, body=body, idempotency_key=idempotency_key
    )
    request, update_id = RefundRequest(actor, command_id), f"refund-{command_id}"
    try:
        noted = await engine.update(
            order.order_number, REFUND, request, update_id=update_id, answer=RefundRequested
        )
    except WorkflowGone:
        after_sale = AfterSale(order.vendor_id, vendor_code, order.order_number)
        noted = await engine.update_after_sale(
            after_sale, REFUND, request, update_id=update_id, answer=RefundRequested
        )
    async with database.reading(order.vendor_id) as session:
        return Refunded(await orders.get_refund(session, refund_key=noted.refund_key), replayed)
