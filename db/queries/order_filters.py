"""Which of a vendor's orders are wanted, as conditions on whatever has an order's facts in its columns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    DateTime,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
)

from db.tables import Order

# The columns, by their names in `orders`.
Facts: TypeAlias = Mapping[str, ColumnElement[Any]]

OF_ORDERS: Facts = MappingProxyType(
    {
        name: getattr(Order, name).expression
        for name in ("id", "status", "payment_status", "customer_id", "created_at", "total_hundredths")
    }
)

_TIME = DateTime(timezone=True)
_ANY, _SOME_TIME = "any", datetime(1970, 1, 1, tzinfo=UTC)


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

    @property
    def values(self) -> dict[str, Any]:
        """What is asked for, by the names that the parameters of `order_conditions` have."""
        return {
            "status": self.status,
            "payment_status": self.payment_status,
            "customer_id": self.customer_id,
            "placed_from": self.placed_from,
            "placed_before": self.placed_before,
            "search": self.search,
        }

    def shape(self, *, by_time: bool) -> "OrderFilter":
        """The same for all filters with the same conditions; it tells nothing of whom is asked for."""
        status, paid = self.status, self.payment_status
        return OrderFilter(
            status if status is None or not by_time else _ANY,
            paid if paid is None or not by_time else _ANY,
            None if self.customer_id is None else 0,
            None if self.placed_from is None else _SOME_TIME,
            None if self.placed_before is None else _SOME_TIME,
            _ANY if self.search else "",
        )


def order_conditions(
    wanted: OrderFilter, of: Facts = OF_ORDERS, *, by_time: bool = True
) -> list[ColumnElement[bool]]:
    """What an order has to be like; `by_time`: they are wanted in the order in which they were placed.

    The parameters have their values. A statement that is kept, for filters of one shape, is given others.
    """
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(of["status"] == _status("status", wanted.status, by_time))
    if wanted.payment_status is not None:
        paid = _status("payment_status", wanted.payment_status, by_time)
        conditions.append(of["payment_status"] == paid)
    if wanted.customer_id is not None:
        conditions.append(of["customer_id"] == bindparam("customer_id", wanted.customer_id, BigInteger))
    if wanted.placed_from is not None:
        conditions.append(of["created_at"] >= bindparam("placed_from", wanted.placed_from, _TIME))
    if wanted.placed_before is not None:
        conditions.append(of["created_at"] < bindparam("placed_before", wanted.placed_before, _TIME))
    if wanted.search:
        words: BindParameter[str] = bindparam("search", wanted.search, Text)
        conditions.append(of["id"].in_(select(column("id")).select_from(func.search_orders(words))))
    return conditions


def _status(name: str, value: str, by_time: bool) -> ColumnElement[str]:
    parameter: BindParameter[str] = bindparam(name, value, Text)
    return unforeseen(parameter) if by_time else written(value)


def written(value: str) -> ColumnElement[str]:
    """A value that is written out in the statement.

    Sorted by total its frequency decides: all orders of a rare status are soon sorted. After some runs
    PostgreSQL would plan a parameter for any value, and then go through all totals for them.
    """
    quoted = value.replace("'", "''")
    return literal_column(f"'{quoted}'", Text)


def unforeseen(value: ColumnElement[str]) -> ColumnElement[str]:
    """A value that PostgreSQL plans without knowing it.

    Most orders are delivered, but hardly any of the newest: knowing only the former it would walk through
    all the newest orders to find fifty delivered ones, where the index on the status has them side by side.
    """
    return select(value).scalar_subquery()
