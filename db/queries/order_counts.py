"""How many of a vendor's orders there are, by status, as far as counting is quick."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, func, literal_column, select

from db.direct import Direct
from db.queries.order_filters import OrderFilter, order_conditions, unforeseen, written
from db.queries.order_search import FOUND, found_by
from db.queries.order_sorts import OrderSort, sorting
from db.tables import Order
from domain.lifecycle import OrderStatus

MOST_COUNTED = 10_000
# Each order that is found has to be read, while what is counted otherwise is in an index.
MOST_FOUND = 2_000


@dataclass(frozen=True)
class Count:
    """A number of orders; with `more` there are at least as many."""

    count: int = 0
    more: bool = False


@dataclass(frozen=True)
class OrderCounts:
    """How many orders match, of every status."""

    by_status: Mapping[OrderStatus, Count]

    @property
    def total(self) -> Count:
        """All of them together."""
        counts = self.by_status.values()
        return Count(sum(each.count for each in counts), any(each.more for each in counts))


async def count_orders(direct: Direct, wanted: OrderFilter) -> OrderCounts:
    """How many of the vendor's orders match, whatever status is wanted.

    In one statement. Of a status at most `MOST_COUNTED` are counted, as are a customer's orders; of those
    that are searched for the newest, a few more than `MOST_FOUND` in all.
    """
    wanted = wanted.of_any_status
    if wanted.search:
        found = await direct.all(_FOUND, found_by(wanted, how_many=MOST_FOUND + 1, rough=True))
        return _counted({row.status: row.number for row in found}, MOST_FOUND)
    shape = wanted.shape(by_time=True)
    if wanted.customer_id is not None:
        theirs = await direct.all(_of_a_customer(shape, MOST_COUNTED + 1), wanted.values)
        return _counted({row.status: row.number for row in theirs}, MOST_COUNTED)
    counts = await direct.one(_of_each_status(shape, MOST_COUNTED + 1), wanted.values)
    return OrderCounts(
        {
            status: Count(min(counts[status], MOST_COUNTED), counts[status] > MOST_COUNTED)
            for status in OrderStatus
        }
    )


_FOUND = select(FOUND.c.status, func.count().label("number")).group_by(FOUND.c.status)


@lru_cache(maxsize=64)  # putting a statement together takes longer than running it
def _of_a_customer(shape: OrderFilter, most: int) -> Select[str, int]:
    theirs = (
        select(Order.status)
        .where(*order_conditions(shape))
        .limit(literal_column(str(most), Integer))
        .subquery()
    )
    return select(theirs.c.status, func.count().label("number")).group_by(theirs.c.status)


@lru_cache(maxsize=64)
def _of_each_status(shape: OrderFilter, most: int) -> Select[*tuple[int, ...]]:
    return select(*(_count_of(shape, status, most).label(status) for status in OrderStatus))


def _count_of(shape: OrderFilter, status: OrderStatus, most: int) -> ScalarSelect[int]:
    # In the order of an index: else PostgreSQL may hope to meet a rare status soon in the table itself.
    its = Order.status == unforeseen(written(status))
    newest = select(Order.id).where(its, *order_conditions(shape))
    newest = newest.order_by(*sorting(OrderSort.NEWEST))
    return select(func.count()).select_from(newest.limit(_written(most)).subquery()).scalar_subquery()


def _written(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer)


def _counted(counts: Mapping[str, int], most: int) -> OrderCounts:
    """The counts of orders that were counted as far as there are so many, whatever their status."""
    more = sum(counts.values()) > most
    return OrderCounts({status: Count(counts.get(status, 0), more) for status in OrderStatus})
