"""Which e-mails the events of an order call for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from db.tables import Order, OrderEvent
from domain.lifecycle import PaymentMethod
from domain.orders import OrderEventType as Type

# Keys with what they name of the event's data.
_ONE_MAIL = {
    Type.ORDER_SHIPPED: "order_shipped",
    Type.ORDER_DELIVERED: "order_delivered",
    Type.REFUND_SUCCEEDED: "refund_issued:{refund_key}",
    Type.DISPUTE_OPENED: "vendor_dispute_opened:{dispute}",
    Type.DISPUTE_WON: "vendor_dispute_closed:{dispute}:won",
    Type.DISPUTE_LOST: "vendor_dispute_closed:{dispute}:lost",
}


@dataclass(frozen=True)
class Expected:
    """An e-mail's key; one that asks to pay again is optional: it is left out where that came too late."""

    key: str
    optional: bool = False


def expected_mails(order: Order, events: Iterable[OrderEvent]) -> Iterator[Expected]:
    """What customer and vendor have to be told, as the history of the order has it."""
    by_hand = order.payment_method == PaymentMethod.MANUAL
    declines = 0
    for event in events:
        match event.type:
            case Type.ORDER_PLACED if by_hand:
                yield from (Expected("order_received"), Expected("vendor_new_order"))
            case Type.PAYMENT_FAILED:
                declines += 1
                yield Expected(f"payment_failed-{declines}", optional=True)
            case Type.ORDER_CONFIRMED:
                yield Expected("order_confirmation")
                if not by_hand:
                    yield Expected("vendor_new_order")
            case Type.ORDER_CANCELLED:
                yield from _about_cancellation(event, by_hand=by_hand)
            case _ if event.type in _ONE_MAIL:
                yield Expected(_ONE_MAIL[Type(event.type)].format_map(event.data))


def _about_cancellation(event: OrderEvent, *, by_hand: bool) -> Iterator[Expected]:
    if "reason" not in event.data:
        return  # a placement that was withdrawn: nobody was told that there was an order
    if event.data["notify_customer"]:
        yield Expected("order_cancelled")
    vendor_knows = event.from_status != "pending" or by_hand
    if vendor_knows and event.actor_type != "vendor" and event.data["reason"] != "expired":
        yield Expected("vendor_order_cancelled")
