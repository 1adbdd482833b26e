"""What of an order's payment may still go back, and what a wished refund comes to."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, rows
from db.tables import Dispute, Order, OrderItem, Refund, RefundItem
from domain.disputes import DisputeRow
from domain.errors import InvalidAmount, RefundExceedsRemaining, TransitionNotAllowed
from domain.lifecycle import OrderStatus, RefundStatus
from domain.refunds import (
    ChargedShipping,
    RefundableLine,
    RefundRow,
    check_refund,
    refundable_amount,
    share_of_line,
    share_of_shipping,
)

_NOTHING = Decimal("0.00")
SHIPPED = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)

_REFUNDED = (
    select(RefundItem.order_item_id, func.sum(RefundItem.quantity).label("quantity"))
    .join(Refund, Refund.id == RefundItem.refund_id)
    .where(Refund.order_id == bindparam("order_id", type_=BigInteger), Refund.status != RefundStatus.FAILED)
    .group_by(RefundItem.order_item_id)
)


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


async def reversals_of(session: AsyncSession, order: Order) -> tuple[list[RefundRow], list[DisputeRow]]:
    """The order's refunds and disputes, as the rules take them."""
    refunds = await session.scalars(select(Refund).where(Refund.order_id == order.id))
    disputes = await session.scalars(select(Dispute).where(Dispute.order_id == order.id))
    return (
        [RefundRow(row.amount, RefundStatus(row.status)) for row in refunds],
        [DisputeRow(row.amount, row.status) for row in disputes],
    )


def left_to_refund(order: Order) -> Decimal:
    """What may still go back, by the amounts on the order."""
    given = order.refunded_amount + order.refund_pending_amount
    return max(order.paid_amount - given - order.disputed_amount - order.charged_back_amount, _NOTHING)


async def work_out(session: AsyncSession, order: Order, body: dict[str, Any]) -> Wanted:
    """The refund that a stored command's body asks for: an amount, pieces, shipping, or all that is left.

    Raises RefundExceedsRemaining with what is left, InvalidAmount, and TransitionNotAllowed for a restock of
    what has not left the house: such an order is cancelled instead.
    """
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
    if body.get("restock") and order.status not in SHIPPED:
        raise TransitionNotAllowed(
            "What was not shipped is not restocked by a refund; cancel the order instead.",
            status=order.status,
        )
    return Wanted(amount, pieces, shipping)


async def charged_shipping(session: AsyncSession, order: Order) -> ChargedShipping:
    """What the order was charged for shipping; its tax is what the lines leave of the order's."""
    statement = select(func.sum(OrderItem.tax_amount)).where(OrderItem.order_id == order.id)
    on_goods = await session.scalar(statement) or _NOTHING
    return ChargedShipping(
        order.shipping_cost,
        order.tax_amount - on_goods,
        order.prices_include_tax,
        refunded=await shipping_refunded(session, order),
    )


async def shipping_refunded(session: AsyncSession, order: Order) -> bool:
    """Whether a refund of the shipping is on its way or arrived."""
    given = select(Refund.id).where(
        Refund.order_id == order.id, Refund.shipping_amount > 0, Refund.status != RefundStatus.FAILED
    )
    return await session.scalar(given.limit(1)) is not None


async def refunded_quantities(via: Direct | AsyncSession, order: Order) -> dict[int, int]:
    """How many pieces of each line went back, or are about to."""
    found = await rows(via, _REFUNDED, {"order_id": order.id})
    return {row["order_item_id"]: int(row["quantity"]) for row in found}


async def _shipping(session: AsyncSession, order: Order) -> Decimal:
    return share_of_shipping(await charged_shipping(session, order))


async def _pieces(session: AsyncSession, order: Order, wanted: list[dict[str, int]]) -> list[Piece]:
    if not wanted:
        return []
    items = {
        item.id: item
        for item in await session.scalars(select(OrderItem).where(OrderItem.order_id == order.id))
    }
    refunded = await refunded_quantities(session, order)
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
