"""Which of a vendor's orders are wanted, as conditions on whatever has an order's facts in its columns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Text, column, func, literal, select

from db.tables import Order

# The columns, by their names in `orders`.
Facts: TypeAlias = Mapping[str, ColumnElement[Any]]

OF_ORDERS: Facts = MappingProxyType(
    {
        name: getattr(Order, name).expression
        for name in ("id", "status", "payment_status", "customer_id", "created_at", "total_hundredths")
    }
)


@dataclass(frozen=True)
class OrderFilter:
    """Which orders; placed from `placed_from` on and before `placed_before`."""

    status: str | None = None
    payment_status: str | None = None
    customer_id: int | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    search: str = ""

    @property
    def of_any_status(self) -> "OrderFilter":
        """The same but for the status."""
        return replace(self, status=None)

    @property
    def without_search(self) -> "OrderFilter":
        """The same but for what is searched for."""
        return replace(self, search="")


def order_conditions(
    wanted: OrderFilter, of: Facts = OF_ORDERS, *, by_time: bool = True
) -> list[ColumnElement[bool]]:
    """What an order has to be like; `by_time`: they are wanted in the order in which they were placed."""
    status_is = _unforeseen if by_time else _foreseen
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(of["status"] == status_is(wanted.status))
    if wanted.payment_status is not None:
        conditions.append(of["payment_status"] == status_is(wanted.payment_status))
    if wanted.customer_id is not None:
        conditions.append(of["customer_id"] == literal(wanted.customer_id, BigInteger))
    if wanted.placed_from is not None:
        conditions.append(of["created_at"] >= wanted.placed_from)
    if wanted.placed_before is not None:
        conditions.append(of["created_at"] < wanted.placed_before)
    if wanted.search:
        conditions.append(of["id"].in_(select(column("id")).select_from(func.search_orders(wanted.search))))
    return conditions


def _foreseen(value: str) -> ColumnElement[str]:
    """A value whose frequency decides: all orders of a rare status are soon sorted by something else.

    It is written out. After some runs PostgreSQL would plan a parameter for any value, and then go through
    all totals for the few orders of a rare status.
    """
    return literal(value, Text, literal_execute=True)


def _unforeseen(value: str) -> ColumnElement[str]:
    """A value that PostgreSQL plans without knowing it.

    Most orders are delivered, but hardly any of the newest: knowing only the former it would walk through
    all the newest orders to find fifty delivered ones, where the index on the status has them side by side.
    """
    return select(literal(value, Text)).scalar_subquery()
