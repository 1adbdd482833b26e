"""What an order says of the money that came back from its payment, derived from its refunds and disputes."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from db.queries import order_steps
from db.queries.refundable import reversals_of
from db.tables import Order
from domain.disputes import held_amount, lost_amount
from domain.lifecycle import OrderStatus, RefundStatus
from domain.refunds import RefundRow, payment_status_after, refunded_amount


async def settle(session: AsyncSession, order: Order) -> None:
    """Bring the order's amounts, its payment status and its customer's totals in line with those rows."""
    refunds, disputes = await reversals_of(session, order)
    before = _returned(order)
    order.refunded_amount = refunded_amount(refunds)
    order.refund_pending_amount = _pending(refunds)
    order.disputed_amount = held_amount(disputes)
    order.charged_back_amount = lost_amount(disputes)
    order.payment_status = payment_status_after(order.paid_amount, refunds, disputes)
    if order.status != OrderStatus.CANCELLED:
        await order_steps.add_to_customer_totals(session, order, orders=0, spent=before - _returned(order))


def kept(order: Order) -> Decimal:
    """What the shop has of the payment: what was paid, less what the customer has again."""
    return order.paid_amount - _returned(order)


def _returned(order: Order) -> Decimal:
    return min(order.refunded_amount + order.charged_back_amount, order.paid_amount)


def _pending(refunds: Sequence[RefundRow]) -> Decimal:
    return sum((row.amount for row in refunds if row.status == RefundStatus.PENDING), Decimal(0))
