"""Stock: counters, their ledger, and what the orders say was sold."""

from collections import Counter
from collections.abc import Iterator

from bench.faults.books import Books
from db.tables import OrderEvent

_HELD = frozenset({"pending", "confirmed", "processing"})
_GONE = frozenset({"shipped", "delivered"})


def stock_adds_up(books: Books) -> Iterator[str | None]:
    """Counters = sums of the movements = what there was, less what orders hold and took; never below zero."""
    initial, available, reserved = Counter[int](), Counter[int](), Counter[int]()
    for movement in sorted(books.movements, key=lambda movement: movement.id):
        product = movement.product_id
        if movement.movement_type == "initial":
            initial[product] += movement.available_change
        available[product] += movement.available_change
        reserved[product] += movement.reserved_change
    held, gone = _by_orders(books)
    for counters in books.inventory:
        product = counters.product_id
        told = (counters.available_quantity, counters.reserved_quantity)
        ledger = (available[product], reserved[product])
        sold = (initial[product] - held[product] - gone[product], held[product])
        fits = told == ledger == sold and min(told) >= 0
        yield None if fits else f"product {product}: {told}, ledger {ledger}, by orders {sold}"


def _by_orders(books: Books) -> tuple[Counter[int], Counter[int]]:
    """Pieces of each product that orders hold, and pieces that left or were written off."""
    orders = {order.id: order for order in books.orders}
    items = {item.id: item for item in books.items}
    held, gone = Counter[int](), Counter[int]()
    written_off = {order_id for order_id, events in books.events.items() if _is_written_off(events)}
    for item in books.items:
        status = orders[item.order_id].status
        left = status in _GONE or item.order_id in written_off
        held[item.product_id] += item.quantity * (status in _HELD)
        gone[item.product_id] += item.quantity * left
    restocked = {refund.id for refund in books.refunds if refund.restock}
    for piece in books.refund_items:
        if piece.refund_id in restocked:
            gone[items[piece.order_item_id].product_id] -= piece.quantity
    return held, gone


def _is_written_off(events: list[OrderEvent]) -> bool:
    return any(event.type == "order.cancelled" and not event.data.get("restock", True) for event in events)
