"""What the order table shows: a page of orders, how many there are, and what came in meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.order_paging import write_place
from api.pages.desk.table_address import TableAddress
from api.schemas.orders import present_next
from db.direct import Direct
from db.queries import customers, order_counts, order_lists
from db.queries.order_counts import Count, OrderCounts
from db.queries.order_lists import ListedOrder, Row
from db.queries.order_sorts import Place, comes_after, place_of
from domain.lifecycle import ActorType, OrderStatus

PAGE_SIZE = 25


@dataclass(frozen=True)
class TableRow:
    """What a row tells of an order: of its items the first, and how many more there are."""

    id: int
    order_number: str
    created_at: datetime
    customer_id: int
    customer_name: str
    first_item: Row | None
    more_items: int
    total_amount: Decimal
    currency: str
    payment_status: str
    status: str
    next_status: str | None


@dataclass(frozen=True)
class OrderTable:
    """One page of the table; `arrived` orders would be on it now and are not among those that are shown.

    `customer_name` is whose orders alone are wanted, if somebody's are who is there.
    """

    orders: Sequence[TableRow]
    counts: OrderCounts
    customer_name: str | None
    next_page: str | None
    arrived: int

    def matching(self, status: OrderStatus | None) -> Count:
        """How many orders match with this status, or with any."""
        return self.counts.total if status is None else self.counts.by_status[status]


async def read_table(direct: Direct, address: TableAddress) -> OrderTable:
    """The page of the table that the address means, of the transaction's vendor."""
    chosen = address.choices
    found = await order_lists.list_vendor_orders(
        direct, address.wanted, sort=chosen.sort, limit=PAGE_SIZE + 1, place=address.place
    )
    listed, arrived = found[:PAGE_SIZE], 0
    if chosen.shown is not None:
        shown = await order_lists.list_chosen_orders(direct, order_ids=chosen.shown, sort=chosen.sort)
        arrived, listed = _arrived(listed, shown, address), shown
    customer_name = None
    if chosen.customer_id is not None:
        customer = await customers.find_customer(direct, customer_id=chosen.customer_id)
        if customer is not None:
            customer_name = _name(customer.first_name, customer.last_name, customer.email)
    more = len(found) > PAGE_SIZE
    return OrderTable(
        orders=[_row(stored) for stored in listed],
        counts=await order_counts.count_orders(direct, address.wanted),
        customer_name=customer_name,
        next_page=_after(address, listed[-1]) if more and listed else None,
        arrived=arrived,
    )


def _row(listed: ListedOrder) -> TableRow:
    order, items = listed.order, listed.items
    following = present_next(
        order["status"], order["payment_status"], order["payment_method"], ActorType.VENDOR
    )
    return TableRow(
        id=order["id"],
        order_number=order["order_number"],
        created_at=order["created_at"],
        customer_id=order["customer_id"],
        customer_name=_name(
            order["of_customer_first_name"], order["of_customer_last_name"], order["of_customer_email"]
        ),
        first_item=items[0] if items else None,
        more_items=max(0, len(items) - 1),
        total_amount=order["total_amount"],
        currency=order["currency"],
        payment_status=order["payment_status"],
        status=order["status"],
        next_status=following[0] if following else None,
    )


def _name(first_name: str, last_name: str, email: str) -> str:
    return f"{first_name} {last_name}".strip() or email


def _after(address: TableAddress, last: ListedOrder) -> str:
    return address.link(cursor=write_place(place_of(last.order, address.choices.sort)))


def _arrived(listed: Sequence[ListedOrder], shown: Sequence[ListedOrder], address: TableAddress) -> int:
    """How many orders of the list's beginning are not shown, but for those that only moved up into it."""
    if address.place is not None:
        return 0
    known = {stored.order["id"] for stored in shown}
    end: Place | None = None
    if len(shown) >= PAGE_SIZE:
        end = place_of(shown[-1].order, address.choices.sort)
    return sum(
        stored.order["id"] not in known and (end is None or not comes_after(stored.order, end))
        for stored in listed
    )
