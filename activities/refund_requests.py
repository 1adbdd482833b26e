"""Refunds as they are asked for: how much, for which pieces or the shipping, back on the shelf or not."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.errors import at_the_boundary
from activities.messages import Actor
from activities.payment_messages import ReopenRefund, RequestedRefund, RequestRefund
from db.queries import order_steps, stock
from db.queries.refundable import Piece, left_to_refund, shipping_refunded, work_out
from db.session import Database
from db.tables import Order, Payment, Refund, RefundItem
from domain.errors import RefundExceedsRemaining
from domain.lifecycle import RefundStatus
from domain.orders import OrderEventType

_NOTHING = Decimal("0.00")


class RefundRequestActivities:
    """Noting refunds; what is noted is then sent by `refund_payment`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="request_refund")
    @at_the_boundary
    async def request_refund(self, given: RequestRefund) -> RequestedRefund:
        """Note the refund that a stored command asks for: an amount, pieces, shipping, or all that is left.

        Raises RefundExceedsRemaining with what is left, and TransitionNotAllowed for a restock of what has
        not left the house: such an order is cancelled instead.
        """
        ref = given.order
        async with self._database.vendor(ref.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, ref.order_id, ref.sequence)
            if applied is not None:
                return RequestedRefund(Decimal(applied.data["amount"]), order.payment_status)
            body = await order_steps.apply_command(session, given.command_id)
            wanted = await work_out(session, order, body)
            await note_refund(
                session,
                order,
                sequence=ref.sequence,
                actor=given.actor,
                refund_key=given.refund_key,
                amount=wanted.amount,
                reason=str(body["reason"]),
                pieces=wanted.pieces,
                shipping=wanted.shipping,
                restock=bool(body.get("restock")),
            )
            return RequestedRefund(wanted.amount, order.payment_status)

    @activity.defn(name="reopen_refund")
    @at_the_boundary
    async def reopen_refund(self, given: ReopenRefund) -> RequestedRefund:
        """Make a failed refund pending again; Stripe then gets it under the key of its next attempt."""
        ref = given.order
        async with self._database.vendor(ref.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, ref.order_id, ref.sequence)
            refund = await order_steps.refund_by_key(session, given.refund_key)
            if applied is None:
                if refund.amount > left_to_refund(order):
                    raise RefundExceedsRemaining("Others were refunded in its place meanwhile.")
                if refund.shipping_amount and await shipping_refunded(session, order):
                    raise RefundExceedsRemaining("The shipping was refunded in its place meanwhile.")
                refund.status = RefundStatus.PENDING
                refund.attempt += 1
                refund.provider_reference = None
                refund.failure_reason = None
                order.refund_pending_amount += refund.amount
                _add_event(session, order, ref.sequence, given.actor, refund)
            return RequestedRefund(refund.amount, order.payment_status)


async def note_refund(
    session: AsyncSession,
    order: Order,
    *,
    sequence: int,
    actor: Actor,
    refund_key: str,
    amount: Decimal,
    reason: str,
    pieces: list[Piece] | None = None,
    shipping: Decimal = _NOTHING,
    restock: bool = False,
) -> None:
    """Write a refund that is to be paid; the order's constraint refuses more than was paid."""
    payment_id = await session.scalar(select(Payment.id).where(Payment.order_id == order.id))
    order.refund_pending_amount += amount
    refund = Refund(
        vendor_id=order.vendor_id,
        order_id=order.id,
        payment_id=payment_id,
        refund_key=refund_key,
        amount=amount,
        shipping_amount=shipping,
        currency=order.currency,
        reason=reason,
        restock=restock,
        status=RefundStatus.PENDING,
    )
    session.add(refund)
    await session.flush()
    session.add_all(
        RefundItem(
            vendor_id=order.vendor_id,
            refund_id=refund.id,
            order_item_id=piece.order_item_id,
            quantity=piece.quantity,
            amount=piece.amount,
        )
        for piece in pieces or ()
    )
    if restock and pieces:
        quantities: dict[int, int] = {}
        for piece in pieces:
            quantities[piece.product_id] = quantities.get(piece.product_id, 0) + piece.quantity
        await stock.take_back(session, quantities=quantities, reference=refund_key)
    _add_event(session, order, sequence, actor, refund)


def _add_event(session: AsyncSession, order: Order, sequence: int, actor: Actor, refund: Refund) -> None:
    order_steps.add_event(
        session,
        order,
        sequence=sequence,
        event_type=OrderEventType.REFUND_REQUESTED,
        actor_type=actor.type,
        actor_id=actor.id,
        cause=actor.cause,
        notes=refund.reason,
        data={"refund_key": refund.refund_key, "amount": str(refund.amount)},
    )
