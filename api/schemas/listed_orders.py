"""A vendor's list of orders, as clients are answered."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic_core import to_json

from api.amounts import marked, unmark
from api.schemas.addresses import AddressSnapshot
from api.schemas.orders import OrderItemAnswer, present_next, present_tracking_url
from api.schemas.vendor_orders import OrderCustomer, VendorOrderAnswer
from db.queries.order_lists import ListedOrder, Row
from domain.lifecycle import ActorType

_ADDRESS = tuple(AddressSnapshot.model_fields)
_ITEM = tuple((name, each.annotation is Decimal) for name, each in OrderItemAnswer.model_fields.items())
_CUSTOMER = tuple((name, f"of_customer_{name}") for name in OrderCustomer.model_fields)
_MADE = frozenset(
    {"next_statuses", "shipping_address", "billing_address", "tracking_url", "items", "customer"}
)
_ORDER = tuple(
    (name, each.annotation is Decimal)
    for name, each in VendorOrderAnswer.model_fields.items()
    if name not in _MADE
)


def write_listed(listed: Sequence[ListedOrder]) -> bytes:
    """`VendorOrderAnswer`s as JSON, without making them: a page of fifty has two hundred objects in it."""
    return unmark(to_json([_answer(each) for each in listed]))


def _answer(listed: ListedOrder) -> dict[str, Any]:
    order = listed.order
    return {
        **_written(_ORDER, order),
        "next_statuses": present_next(
            order["status"], order["payment_status"], order["payment_method"], ActorType.VENDOR
        ),
        "shipping_address": _address(order["shipping_address"]),
        "billing_address": _address(order["billing_address"]),
        "tracking_url": present_tracking_url(order["carrier"], order["tracking_number"]),
        "items": [_written(_ITEM, item) for item in listed.items],
        "customer": {name: order[column] for name, column in _CUSTOMER},
    }


def _written(columns: Sequence[tuple[str, bool]], row: Row) -> dict[str, Any]:
    return {name: marked(row[name]) if is_amount else row[name] for name, is_amount in columns}


def _address(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {name: snapshot[name] for name in _ADDRESS}
