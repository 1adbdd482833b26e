"""Money: what Stripe took and gave back, against what is booked."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from bench.faults.books import Books
from bench.faults.town import JSON
from db.tables import Order

_PAID = frozenset({"paid", "partially_refunded", "refunded"})
_NOTHING = Decimal("0.00")


def payments_belong_to_orders(books: Books) -> Iterator[str | None]:
    """Both ways: no money without an order, and no paid order without its money."""
    named = Counter(order.payment_reference for order in books.orders)
    orders = {order.payment_reference: order for order in books.orders}
    for intent in books.intents:
        if intent["status"] == "succeeded":
            yield _of_one_order(intent, orders.get(intent["id"]), named[intent["id"]])
    taken = {intent["id"]: intent["status"] for intent in books.intents}
    for order in books.orders:
        if order.payment_method == "stripe" and order.payment_status in _PAID:
            status = taken.get(order.payment_reference or "")
            yield None if status == "succeeded" else f"{order.order_number}: paid, and Stripe says {status}"


def _of_one_order(intent: JSON, order: Order | None, named: int) -> str | None:
    if order is None or named != 1:
        return f"{intent['id']}: money of {named} orders"
    received = _amount(intent["amount_received"])
    if order.payment_status not in _PAID or not order.paid_amount == received == order.total_amount:
        return f"{order.order_number}: {order.payment_status} {order.paid_amount}, Stripe has {received}"
    return None


def at_most_one_charge(books: Books) -> Iterator[str | None]:
    """Over all PaymentIntents that name the order, whether it knows them or not."""
    of_order = {intent["id"]: intent["metadata"].get("order_number") for intent in books.intents}
    paid = Counter(of_order.get(charge["payment_intent"]) for charge in books.charges if charge["paid"])
    for number, charges in paid.items():
        yield None if charges == 1 and number else f"{number}: {charges} successful charges"


def cancelled_are_refunded(books: Books) -> Iterator[str | None]:
    """By what is booked, and by what Stripe says went back."""
    returned = _returned(books)
    for order in books.orders:
        if order.status != "cancelled" or order.paid_amount == 0:
            continue
        back = order.refunded_amount
        if order.payment_method == "stripe":
            back = min(back, returned.get(order.payment_reference or "", _NOTHING))
        whole = back == order.paid_amount and order.payment_status == "refunded"
        yield None if whole else f"{order.order_number}: {back} of {order.paid_amount} went back"


def same_sums(books: Books) -> Iterator[str | None]:
    """For each order, and over all of them."""
    received = {intent["id"]: _amount(intent["amount_received"]) for intent in books.intents}
    returned = _returned(books)
    ours = [order for order in books.orders if order.payment_method == "stripe"]
    for order in ours:
        reference = order.payment_reference or ""
        booked = (order.paid_amount, order.refunded_amount)
        told = (received.get(reference, _NOTHING), returned.get(reference, _NOTHING))
        yield None if booked == told else f"{order.order_number}: booked {booked}, at Stripe {told}"
    for what, booked_sum, stripe_sum in (
        ("received", sum(order.paid_amount for order in ours), sum(received.values())),
        ("refunded", sum(order.refunded_amount for order in ours), sum(returned.values())),
    ):
        yield None if booked_sum == stripe_sum else f"{what}: booked {booked_sum}, at Stripe {stripe_sum}"


def shipping_goes_back_once(books: Books) -> Iterator[str | None]:
    """Never twice, and never more than was charged; the shops of a run do not tax it."""
    for order in books.orders:
        given = [
            refund.shipping_amount
            for refund in books.refunds
            if refund.order_id == order.id and refund.status != "failed" and refund.shipping_amount
        ]
        fits = given in ([], [order.shipping_cost])
        yield None if fits else f"{order.order_number}: shipping {order.shipping_cost} went back as {given}"


def customers_totals_follow(books: Books) -> Iterator[str | None]:
    """Paid orders that are not cancelled, less what went back and what banks took."""
    for customer in books.customers:
        counted = [
            order
            for order in books.orders
            if order.customer_id == customer.id and order.paid_amount > 0 and order.status != "cancelled"
        ]
        spent = sum((_kept(order) for order in counted), _NOTHING)
        told = (customer.total_orders, customer.total_spent)
        yield None if told == (len(counted), spent) else f"customer {customer.id}: {told}, not {spent}"


def _kept(order: Order) -> Decimal:
    return max(_NOTHING, order.paid_amount - order.refunded_amount - order.charged_back_amount)


def _returned(books: Books) -> dict[str, Decimal]:
    returned: dict[str, Decimal] = {}
    for refund in books.stripe_refunds:
        if refund["status"] == "succeeded":
            reference = refund["payment_intent"]
            returned[reference] = returned.get(reference, _NOTHING) + _amount(refund["amount"])
    return returned


def _amount(minor: int) -> Decimal:
    """The shops of a run sell in euros."""
    return (Decimal(minor) / 100).quantize(_NOTHING)
