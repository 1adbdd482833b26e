"""A vendor's list of orders: as clients are answered, and as pages show it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic_core import to_json

from api.amounts import marked, unmark
from api.schemas.addresses import AddressSnapshot
from api.schemas.orders import OrderAnswer, OrderItemAnswer, present_next, present_tracking_url
from api.schemas.vendor_orders import OrderCustomer, VendorOrderAnswer
from db.queries.order_lists import ListedOrder, Row
from domain.lifecycle import ActorType

_MADE = ("next_statuses", "shipping_address", "billing_address", "tracking_url", "items")
_COPIED = tuple(name for name in OrderAnswer.model_fields if name not in _MADE)
_ITEM = tuple(OrderItemAnswer.model_fields)
_ADDRESS = tuple(AddressSnapshot.model_fields)
_CUSTOMER = tuple(OrderCustomer.model_fields)


def present_listed(listed: ListedOrder) -> VendorOrderAnswer:
    """An order as its vendor sees it."""
    return VendorOrderAnswer.model_validate(_facts(listed))


def write_listed(listed: Sequence[ListedOrder]) -> bytes:
    """`VendorOrderAnswer`s as JSON, without making them: a page of fifty has two hundred objects in it."""
    return unmark(to_json([_written(_facts(each)) for each in listed]))


def _facts(listed: ListedOrder) -> dict[str, Any]:
    order = listed.order
    return {
        **{name: order[name] for name in _COPIED},
        "next_statuses": present_next(
            order["status"], order["payment_status"], order["payment_method"], ActorType.VENDOR
        ),
        "shipping_address": _named(_ADDRESS, order["shipping_address"]),
        "billing_address": _named(_ADDRESS, order["billing_address"]),
        "tracking_url": present_tracking_url(order["carrier"], order["tracking_number"]),
        "items": [_named(_ITEM, item) for item in listed.items],
        "customer": _named(_CUSTOMER, listed.customer),
    }


def _named(names: tuple[str, ...], row: Row) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _written(facts: dict[str, Any]) -> dict[str, Any]:
    written = {name: marked(value) if type(value) is Decimal else value for name, value in facts.items()}
    written["items"] = [
        {name: marked(value) if type(value) is Decimal else value for name, value in item.items()}
        for item in facts["items"]
    ]
    return written
