"""A vendor's orders as its people list them: filtered, searched, sorted, each with its customer and items."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, BigInteger, Integer, Select, any_, bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, Entity, rows
from db.queries.order_filters import OrderFilter, order_conditions
from db.queries.order_search import search_ids
from db.queries.order_sorts import OrderSort, Place, beyond, place_values, sorting
from db.queries.orders import ITEM, ORDER, items_of
from db.tables import Customer, Order, OrderItem
from domain.errors import OrderNotFound

Row: TypeAlias = Mapping[str, Any]

# What lists show. They are read as rows: to make every line an object takes longer than to find it.
_ORDER = (
    *("id", "vendor_id", "customer_id", "order_number", "status", "cancel_reason", "subtotal"),
    *("shipping_cost", "tax_amount", "discount_amount", "total_amount", "refunded_amount", "currency"),
    *("shipping_method", "shipping_address", "billing_address", "payment_status", "payment_method"),
    *("payment_reference", "carrier", "tracking_number", "customer_notes", "paid_at", "shipped_at"),
    *("delivered_at", "created_at", "updated_at", "total_hundredths"),
)
_CUSTOMER = ("id", "first_name", "last_name", "email")
_ITEM = (
    *("id", "product_id", "product_sku", "product_title", "product_image", "quantity", "unit_price"),
    *("total_price", "tax_rate", "tax_amount"),
)
_ITEMS = (
    select(OrderItem.order_id, *(getattr(OrderItem, name) for name in _ITEM))
    .where(OrderItem.order_id == any_(bindparam("order_ids", type_=ARRAY(BigInteger))))
    .order_by(OrderItem.order_id, OrderItem.position)
)


@dataclass(frozen=True)
class VendorOrder:
    """An order with its customer and its items in order."""

    order: Order
    customer: Customer
    items: Sequence[OrderItem]


@dataclass(frozen=True)
class ListedOrder:
    """An order in a list, and its items in order, by their columns; its customer's are `of_customer_…`."""

    order: Row
    items: Sequence[Row]


async def list_vendor_orders(
    direct: Direct,
    wanted: OrderFilter,
    *,
    sort: OrderSort = OrderSort.NEWEST,
    skip: int = 0,
    limit: int = 50,
    place: Place | None = None,
) -> list[ListedOrder]:
    """The vendor's orders, in two statements however many there are, or up to four for a search.

    `place` is where the page before ended, in a list that is sorted as this one. The search takes words, or
    beginnings of words, from order number, customer name and e-mail address.
    """
    if wanted.search:
        ids = await search_ids(direct, wanted, sort=sort, skip=skip, limit=limit, place=place)
        return await list_chosen_orders(direct, order_ids=ids, sort=sort) if ids else []
    shape = wanted.shape(by_time=sort.by_time)
    statement = _page(shape, sort, limit=limit, skips=skip > 0, further=place is not None)
    return await _listed(direct, statement, wanted.values | place_values(place) | {"skip": skip})


async def list_chosen_orders(
    direct: Direct, *, order_ids: Sequence[int], sort: OrderSort = OrderSort.NEWEST
) -> list[ListedOrder]:
    """The vendor's orders of these ids, in two statements."""
    return await _listed(direct, _CHOSEN[sort], {"order_ids": list(order_ids)})


async def get_vendor_order(via: Direct | AsyncSession, *, order_id: int) -> VendorOrder:
    """One order of the transaction's vendor. Raises OrderNotFound, also for another vendor's."""
    lines = await rows(via, _ONE, {"order_id": order_id})
    if not lines:
        raise OrderNotFound("There is no such order.")
    return VendorOrder(ORDER.read(lines[0]), _ONE_CUSTOMER.read(lines[0]), items_of(lines))


_ROWS = select(
    *(getattr(Order, name) for name in _ORDER),
    *(getattr(Customer, name).label(f"of_customer_{name}") for name in _CUSTOMER),
).join_from(Order, Customer, Customer.id == Order.customer_id)
_CHOSEN = {
    sort: _ROWS.where(Order.id == any_(bindparam("order_ids", type_=ARRAY(BigInteger)))).order_by(
        *sorting(sort)
    )
    for sort in OrderSort
}
_ONE_CUSTOMER = Entity(Customer, label="of_customer_")
# A row for each line, because what is sent twice costs less than a second statement.
_ONE = (
    select(*ORDER.columns, *_ONE_CUSTOMER.columns, *ITEM.columns)
    .join(Customer, Customer.id == Order.customer_id)
    .outerjoin(OrderItem, OrderItem.order_id == Order.id)
    .where(Order.id == bindparam("order_id", type_=BigInteger))
    .order_by(OrderItem.position)
)


@lru_cache(maxsize=256)  # putting a statement together takes longer than running it
def _page(
    shape: OrderFilter, sort: OrderSort, *, limit: int, skips: bool, further: bool
) -> Select[*tuple[Any, ...]]:
    """The page first: customers are joined to its orders, and not to all that match. Its size is written
    out, so that every plan knows how small it is.
    """
    page = select(Order.id).where(*order_conditions(shape, by_time=sort.by_time)).order_by(*sorting(sort))
    page = page.limit(literal_column(str(limit), Integer))
    if skips:
        page = page.offset(bindparam("skip", type_=BigInteger))
    if further:
        page = page.where(beyond(sort))
    return _ROWS.where(Order.id.in_(page)).order_by(*sorting(sort))


async def _listed(
    direct: Direct, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]
) -> list[ListedOrder]:
    found = await direct.all(statement, values)
    items: dict[int, list[Row]] = defaultdict(list)
    if found:
        for item in await direct.all(_ITEMS, {"order_ids": [row["id"] for row in found]}):
            items[item["order_id"]].append(item)
    return [ListedOrder(row, items[row["id"]]) for row in found]
