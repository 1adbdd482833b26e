"""How many of a vendor's orders there are, by status, as far as counting is quick."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.order_filters import OrderFilter, order_conditions
from db.queries.order_search import found_orders
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


async def count_orders(session: AsyncSession, wanted: OrderFilter) -> OrderCounts:
    """How many of the session's vendor's orders match, whatever status is wanted.

    In one statement. Of a status at most `MOST_COUNTED` are counted, as are a customer's orders; of those
    that are searched for the newest, a few more than `MOST_FOUND` in all.
    """
    wanted = wanted.of_any_status
    if wanted.search:
        return await _count_found(session, wanted)
    if wanted.customer_id is not None:
        theirs = select(Order.status).where(*order_conditions(wanted)).limit(MOST_COUNTED + 1).subquery()
        counting = select(theirs.c.status, func.count()).group_by(theirs.c.status)
        return _counted(dict((await session.execute(counting)).all()), MOST_COUNTED)
    counted = [_count_of(replace(wanted, status=status)).label(status) for status in OrderStatus]
    row = (await session.execute(select(*counted))).one()
    return OrderCounts(
        {
            status: Count(min(count, MOST_COUNTED), count > MOST_COUNTED)
            for status, count in zip(OrderStatus, row, strict=True)
        }
    )


def _count_of(wanted: OrderFilter) -> ScalarSelect[int]:
    # In the order of an index: else PostgreSQL may hope to meet a rare status soon in the table itself.
    newest = select(Order.id).where(*order_conditions(wanted)).order_by(*sorting(OrderSort.NEWEST))
    return select(func.count()).select_from(newest.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


async def _count_found(session: AsyncSession, wanted: OrderFilter) -> OrderCounts:
    found = found_orders(wanted, how_many=MOST_FOUND + 1, rough=True)
    counting = select(found.c.status, func.count()).group_by(found.c.status)
    return _counted(dict((await session.execute(counting)).all()), MOST_FOUND)


def _counted(counts: Mapping[str, int], most: int) -> OrderCounts:
    """The counts of orders that were counted as far as there are so many, whatever their status."""
    more = sum(counts.values()) > most
    return OrderCounts({status: Count(counts.get(status, 0), more) for status in OrderStatus})
