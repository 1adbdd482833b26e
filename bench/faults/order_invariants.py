"""Orders: their events, carts, commands and workflows."""

from collections import Counter
from collections.abc import Iterator

from bench.faults.books import Books
from db.tables import Order
from domain.lifecycle import TRANSITIONS, OrderStatus


def events_are_numbered(books: Books) -> Iterator[str | None]:
    """From one, without gaps."""
    for order in books.orders:
        numbers = [event.sequence for event in books.events.get(order.id, [])]
        gap = numbers != list(range(1, len(numbers) + 1))
        yield f"{order.order_number}: events {numbers}" if gap or not numbers else None


def nothing_hangs(books: Books) -> Iterator[str | None]:
    """Every claim is decided, no refund is open, and an order that is not over has a workflow that waits."""
    for placement in books.placements:
        decided = placement.state in ("placed", "refused")
        yield None if decided else f"{placement.order_number}: placement is {placement.state}"
    for refund in books.refunds:
        yield None if refund.status == "succeeded" else f"{refund.refund_key}: refund is {refund.status}"
    for order in books.orders:
        found, wanted = books.workflows[order.order_number], _workflow_of(order)
        hangs = order.status == "pending" or found != wanted
        yield f"{order.order_number}: {order.status}, its workflow is {found}" if hangs else None


def _workflow_of(order: Order) -> str:
    over = order.status == "cancelled" or order.completed_at is not None
    return "COMPLETED" if over else "RUNNING"


def events_lead_to_the_order(books: Books) -> Iterator[str | None]:
    """Each step of the history is a legal one, and the last says how the order is."""
    for order in books.orders:
        status, payment_status, broken = None, None, None
        for event in books.events.get(order.id, []):
            moves = event.from_status is not None and event.from_status != event.to_status
            if moves and not (event.from_status == status and _may_follow(status, event.to_status)):
                step = f"{event.from_status} to {event.to_status}"
                broken = f"event {event.sequence} leads from {step}, and it was {status}"
            status, payment_status = event.to_status or status, event.payment_status
        if broken is None and (status, payment_status) != (order.status, order.payment_status):
            broken = f"is {order.status}, {order.payment_status}; its events say {status}, {payment_status}"
        yield None if broken is None else f"{order.order_number}: {broken}"


def _may_follow(status: str | None, following: str | None) -> bool:
    return status is not None and following in TRANSITIONS[OrderStatus(status)]


def one_order_for_each_cart(books: Books) -> Iterator[str | None]:
    """A cart becomes one order at most, and each placed claim has its one order."""
    ordered = Counter(each.cart_id for each in books.placements if each.state == "placed")
    for cart, orders in ordered.items():
        yield None if orders == 1 else f"cart {cart} became {orders} orders"
    stored = Counter(order.order_number for order in books.orders)
    for placement in books.placements:
        orders = stored[placement.order_number]
        fits = orders == 1 or (orders == 0 and placement.state == "refused")
        yield None if fits else f"{placement.order_number}: {placement.state}, {orders} orders"
