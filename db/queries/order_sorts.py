"""How a vendor's orders can be sorted, and where in such a list a page begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, UnaryExpression, bindparam, tuple_

from db.queries.order_filters import OF_ORDERS, Facts


class OrderSort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    HIGHEST = "highest"
    LOWEST = "lowest"

    @property
    def by_time(self) -> bool:
        """Whether orders are sorted by when they were placed; else by their total."""
        return self in {OrderSort.NEWEST, OrderSort.OLDEST}

    @property
    def column(self) -> str:
        """What they are sorted by, as it is called in `orders`."""
        return "created_at" if self.by_time else "total_hundredths"

    @property
    def falling(self) -> bool:
        """Whether the greatest comes first."""
        return self in {OrderSort.NEWEST, OrderSort.HIGHEST}


@dataclass(frozen=True)
class Place:
    """The last order of the page before: its time, or its total in hundredths, and its id."""

    sort: OrderSort
    value: datetime | int
    id: int


def place_of(order: Mapping[str, Any], sort: OrderSort) -> Place:
    """Where the list goes on after this order, of which the columns are given."""
    return Place(sort, order[sort.column], order["id"])


def sorting(sort: OrderSort, of: Facts = OF_ORDERS) -> list[UnaryExpression[Any]]:
    """What to order by; ids make every place one of its own."""
    columns = (of[sort.column], of["id"])
    return [column.desc() if sort.falling else column.asc() for column in columns]


def beyond(sort: OrderSort, of: Facts = OF_ORDERS) -> ColumnElement[bool]:
    """The orders that come after a place, as a condition that an index is entered at; see `place_values`."""
    row = tuple_(of[sort.column], of["id"])
    last = tuple_(
        bindparam("place_value", type_=DateTime(timezone=True) if sort.by_time else BigInteger),
        bindparam("place_id", type_=BigInteger),
    )
    return row < last if sort.falling else row > last


def place_values(place: Place | None) -> dict[str, Any]:
    """The parameters of `beyond`."""
    return {} if place is None else {"place_value": place.value, "place_id": place.id}


def comes_after(order: Mapping[str, Any], place: Place) -> bool:
    """Whether an order comes after a place in the list."""
    its = place_of(order, place.sort)
    mine, there = (its.value, its.id), (place.value, place.id)
    return mine < there if place.sort.falling else mine > there
