"""What people were answered, against what is stored."""

from collections.abc import Iterator

from bench.faults.books import Books
from bench.faults.tally import Tally


def promises_were_kept(books: Books, tally: Tally) -> Iterator[str | None]:
    """Whoever was told an order number has that order, and each number once; the same for refunds."""
    numbers = {order.order_number for order in books.orders}
    for number in tally.placed:
        yield None if number in numbers else f"{number} was answered and is not there"
    stored = {refund.id for refund in books.refunds}
    for refund_id in tally.refund_ids:
        yield None if refund_id in stored else f"refund {refund_id} was answered and is not there"
    orders = {order.order_number: order.id for order in books.orders}
    for number, status in set(tally.reached):
        changes = [event for event in books.events.get(orders[number], []) if event.to_status == status]
        once = len(changes) == 1 and tally.reached.count((number, status)) == 1
        yield None if once else f"{number} became {status} in bulk, and did so {len(changes)} times"
    twice = len(tally.placed) - len(set(tally.placed))
    yield f"{twice} order numbers were given to two carts" if twice else None


def what_was_told_was_true(books: Books, tally: Tally) -> Iterator[str | None]:
    """Each state that somebody was shown is one that the order was in at some time."""
    orders = {order.order_number: order for order in books.orders}
    for told in tally.told:
        order = orders.get(told.order_number)
        events = [] if order is None else books.events.get(order.id, [])
        true = (
            order is not None
            and f"{order.total_amount:.2f}" == f"{told.total:.2f}"
            and told.status in {event.to_status for event in events}
            and told.payment_status in {event.payment_status for event in events}
        )
        yield None if true else f"{told} was never so"
