"""Refunds as they are asked for: how much, for which pieces or the shipping, back on the shelf or not."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.errors import at_the_boundary
from activities.messages import Actor
from activities.payment_messages import ReopenRefund, RequestedRefund, RequestRefund
from activities.settlement import left_to_refund, reversals_of
from db.queries import order_steps, stock
from db.session import Database
from db.tables import Order, OrderItem, Payment, Refund, RefundItem
from domain.errors import InvalidAmount, RefundExceedsRemaining, TransitionNotAllowed
from domain.lifecycle import OrderStatus, RefundStatus
from domain.orders import OrderEventType
from domain.refunds import (
    ChargedShipping,
    RefundableLine,
    check_refund,
    refundable_amount,
    share_of_line,
    share_of_shipping,
)

_NOTHING = Decimal("0.00")
_SHIPPED = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)


@dataclass(frozen=True)
class Piece:
    """Some pieces of a line, and what they are worth."""

    order_item_id: int
    product_id: int
    quantity: int
    amount: Decimal


@dataclass(frozen=True)
class Wanted:
    """A refund worked out from what was asked for."""

    amount: Decimal
    pieces: list[Piece] = field(default_factory=list)
    shipping: Decimal = _NOTHING


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
            body = await order_steps.command_body(session, given.command_id)
            wanted = await _work_out(session, order, body)
            restock = bool(body.get("restock"))
            if restock and order.status not in _SHIPPED:
                raise TransitionNotAllowed(
                    "What was not shipped is not restocked by a refund; cancel the order instead.",
                    status=order.status,
                )
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
                restock=restock,
            )
            await order_steps.mark_applied(session, given.command_id)
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
                if refund.shipping_amount and await _shipping_refunded(session, order):
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


async def _work_out(session: AsyncSession, order: Order, body: dict[str, Any]) -> Wanted:
    refunds, disputes = await reversals_of(session, order)
    pieces = await _pieces(session, order, body.get("items") or [])
    shipping = await _shipping(session, order) if body.get("shipping") else _NOTHING
    if body.get("amount") is not None:
        amount = Decimal(body["amount"])
    elif pieces or shipping:
        amount = sum((piece.amount for piece in pieces), shipping)
    else:
        amount = refundable_amount(order.paid_amount, refunds, disputes)
        if amount == 0:
            raise RefundExceedsRemaining("Nothing is left to refund.", refundable_amount="0.00")
    if pieces and amount == 0:
        raise InvalidAmount("These pieces cost nothing, so there is nothing to refund.")
    check_refund(amount, order.paid_amount, refunds, order.currency, disputes)
    return Wanted(amount, pieces, shipping)


async def _shipping(session: AsyncSession, order: Order) -> Decimal:
    """What the order's shipping is worth; its tax is what the lines leave of the order's."""
    statement = select(func.sum(OrderItem.tax_amount)).where(OrderItem.order_id == order.id)
    on_goods = await session.scalar(statement) or _NOTHING
    charged = ChargedShipping(
        order.shipping_cost,
        order.tax_amount - on_goods,
        order.prices_include_tax,
        refunded=await _shipping_refunded(session, order),
    )
    return share_of_shipping(charged)


async def _shipping_refunded(session: AsyncSession, order: Order) -> bool:
    """Whether a refund of the shipping is on its way or arrived."""
    given = select(Refund.id).where(
        Refund.order_id == order.id, Refund.shipping_amount > 0, Refund.status != RefundStatus.FAILED
    )
    return await session.scalar(given.limit(1)) is not None


async def _pieces(session: AsyncSession, order: Order, wanted: list[dict[str, int]]) -> list[Piece]:
    if not wanted:
        return []
    items = {
        item.id: item
        for item in await session.scalars(select(OrderItem).where(OrderItem.order_id == order.id))
    }
    refunded = await _refunded_quantities(session, order)
    pieces = []
    for line in wanted:
        item = items.get(line["order_item_id"])
        if item is None:
            raise InvalidAmount("The order has no such item.", order_item_id=line["order_item_id"])
        gross = item.total_price if order.prices_include_tax else item.total_price + item.tax_amount
        refundable = RefundableLine(gross, item.quantity, refunded.get(item.id, 0))
        worth = share_of_line(refundable, line["quantity"], order.currency)
        pieces.append(Piece(item.id, item.product_id, line["quantity"], worth))
    return pieces


async def _refunded_quantities(session: AsyncSession, order: Order) -> dict[int, int]:
    statement = (
        select(RefundItem.order_item_id, func.sum(RefundItem.quantity))
        .join(Refund, Refund.id == RefundItem.refund_id)
        .where(Refund.order_id == order.id, Refund.status != RefundStatus.FAILED)
        .group_by(RefundItem.order_item_id)
    )
    return {item_id: int(quantity) for item_id, quantity in await session.execute(statement)}
