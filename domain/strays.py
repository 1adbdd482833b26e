"""What is left beside the orders: payments of none, placements of nobody, pieces held for nothing."""

from dataclasses import dataclass
from decimal import Decimal

from domain.findings import Code, Finding, Repair
from domain.lifecycle import OrderStatus, PaymentStatus
from domain.reconciliation import CANCELED, SUCCEEDED, UNPAID, WorkflowState


@dataclass(frozen=True, slots=True)
class StrayPayment:
    """A PaymentIntent that names an order number of ours and is no stored order's payment.

    `placement` is the state of the number's placement, absent for a number that was never given out; `order`
    and `order_payment` are the order's statuses, absent without an order.
    """

    reference: str
    status: str
    amount_received: Decimal
    amount_refunded: Decimal
    placement: str | None
    order: OrderStatus | None
    order_payment: PaymentStatus | None


def compare_stray(facts: StrayPayment) -> Finding | None:
    """What to do about a PaymentIntent without an order.

    One whose order is still being placed is none: it is stored after it was opened. Money is given back
    only where the number's own story is over, so that it can be nobody's: the placement was refused, or its
    order was paid otherwise or cancelled.
    """
    if facts.status == CANCELED or facts.placement in ("claimed", "created"):
        return None
    what = f"{facts.reference} is {facts.status} and no order's payment"
    if facts.status != SUCCEEDED:
        return Finding(Code.ORPHAN_UNPAID, what, Repair.CANCEL_PAYMENT)
    if facts.amount_refunded >= facts.amount_received:
        return None
    over = facts.placement == "refused" or facts.order == OrderStatus.CANCELLED
    paid_otherwise = facts.order_payment not in (None, *UNPAID)
    untouched = facts.amount_refunded == 0
    certain = facts.placement is not None and (over or paid_otherwise) and untouched
    reason = f"{what}; {facts.amount_received - facts.amount_refunded} are held for nobody"
    return Finding(Code.ORPHAN_PAID, reason, Repair.REFUND_PAYMENT if certain else None)


def compare_placement(state: str, workflow: WorkflowState) -> Finding | None:
    """A claimed order number is being placed by a workflow, or holds nothing."""
    if workflow == WorkflowState.RUNNING or state in ("placed", "refused"):
        return None
    reason = f"the placement is {state} and no workflow places it"
    return Finding(Code.PLACEMENT_ABANDONED, reason, Repair.WITHDRAW)


def compare_reservation(placement: str | None, order: OrderStatus | None) -> Finding | None:
    """Pieces are held for orders that are going to be shipped, and for no others."""
    if order in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        return Finding(Code.STOCK_LEAKED, f"pieces are held for an order that is {order}", Repair.SHIP_STOCK)
    if order == OrderStatus.CANCELLED or (order is None and placement == "refused"):
        what = order or "refused"
        return Finding(
            Code.STOCK_LEAKED, f"pieces are held for an order that is {what}", Repair.RELEASE_STOCK
        )
    if order is None and placement is None:
        return Finding(Code.STOCK_UNCLAIMED, "pieces are held for an order number that was never given out")
    return None


@dataclass(frozen=True, slots=True)
class StockFacts:
    """A product's counters, and what its movements add up to."""

    available: int
    reserved: int
    moved_available: int
    moved_reserved: int


def compare_stock(facts: StockFacts) -> Finding | None:
    """Counters are the sums of their movements; which side is right, only a count in the store tells."""
    if (facts.available, facts.reserved) == (facts.moved_available, facts.moved_reserved):
        return None
    reason = (
        f"available {facts.available}, reserved {facts.reserved}; the movements make "
        f"{facts.moved_available} and {facts.moved_reserved}"
    )
    return Finding(Code.STOCK_DIFFERS, reason)
