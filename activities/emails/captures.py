"""What an e-mail tells of an amount that is authorised and not taken yet."""

from activities.emails.facts import OrderFacts
from activities.emails.formatting import moment, money
from domain.capture import CaptureExpiry


def confirmed(order: OrderFacts) -> str:
    """That the order is accepted and what became of the payment, for the customer."""
    shop = order.shop.name
    if not order.is_authorized:
        return f"{shop} has received your payment of {money(order.paid_amount, order.currency)}"
    amount = money(order.total_amount, order.currency)
    return f"Your bank holds {amount} for {shop}, which takes it when your order ships,"


def held(order: OrderFacts) -> str:
    """That the money is there and not taken yet, for the shop."""
    until = _until(order)
    by = "" if until is None else f" Please ship it before {until}: the bank holds the amount no longer."
    return f"Its payment is authorised and is taken when you ship it.{by}"


def due(order: OrderFacts) -> str:
    """That the order has to ship soon, and what happens otherwise, for the shop."""
    if order.authorization is None:
        raise ValueError("there is no authorisation to tell of")
    amount = money(order.total_amount, order.currency)
    until = _until(order)
    deadline = "soon" if until is None else f"at {until}"
    otherwise = (
        "the amount is taken shortly before, and the order still has to be shipped."
        if order.authorization.at_expiry == CaptureExpiry.CAPTURE
        else "the order is cancelled shortly before, and what it holds of your stock can be sold again."
    )
    return (
        f"The customer's bank lets go of {amount} {deadline}. Please ship the order before that. "
        f"Otherwise {otherwise}"
    )


def _until(order: OrderFacts) -> str | None:
    if order.authorization is None or order.authorization.capture_before is None:
        return None
    return moment(order.authorization.capture_before)
