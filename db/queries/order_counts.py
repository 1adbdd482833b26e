"""How many of a vendor's orders there are, by status, as far as counting is quick."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    TableValuedAlias,
    Text,
    column,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import LateralFromClause

from db.queries.order_filters import OrderFilter, order_conditions
from db.queries.order_search import AT_HAND, found_orders, has_words
from db.queries.order_sorts import OrderSort, sorting
from db.tables import Order
from domain.lifecycle import OrderStatus

MOST_COUNTED = 10_000
# So many matches among those at hand, and the word is so frequent that nobody waits until all are counted.
MANY = 200


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

    In one statement, or in two for a search. Of a status at most `MOST_COUNTED` are counted, as are a
    customer's orders. Of a frequent word only matches among the newest of each status are.
    """
    wanted = wanted.of_any_status
    if wanted.search:
        return await _count_found(session, wanted)
    if wanted.customer_id is not None:
        theirs = select(Order.status).where(*order_conditions(wanted)).limit(MOST_COUNTED + 1).subquery()
        return await _by_status(session, theirs)
    # In the order of an index: else PostgreSQL may hope to meet a rare status soon in the table itself.
    newest = select(Order.id).where(*order_conditions(wanted)).order_by(*sorting(OrderSort.NEWEST))
    statuses, some = _of_each_status(newest, MOST_COUNTED + 1)
    counting = select(statuses.c.status, func.count(some.c.id)).join_from(
        statuses, some, true(), isouter=True
    )
    rows = await session.execute(counting.group_by(statuses.c.status))
    return OrderCounts(
        {OrderStatus(status): Count(min(count, MOST_COUNTED), count > MOST_COUNTED) for status, count in rows}
    )


async def _count_found(session: AsyncSession, wanted: OrderFilter) -> OrderCounts:
    near = select(Order.id, Order.search_document).where(*order_conditions(wanted.without_search))
    statuses, some = _of_each_status(near.order_by(*sorting(OrderSort.NEWEST)), AT_HAND + 1)
    found = func.count(some.c.id).filter(has_words(wanted.search, some.c.search_document))
    counting = select(statuses.c.status, func.count(some.c.id), found).join_from(
        statuses, some, true(), isouter=True
    )
    rows = (await session.execute(counting.group_by(statuses.c.status))).all()
    all_at_hand = all(seen <= AT_HAND for _, seen, _ in rows)
    if not all_at_hand and sum(found for _, _, found in rows) < MANY:
        facts = dict(found_orders(wanted.search).c)
        conditions = order_conditions(wanted.without_search, facts)
        every = select(facts["status"].label("status")).where(*conditions)
        return await _by_status(session, every.limit(MOST_COUNTED + 1).subquery())
    return OrderCounts({OrderStatus(status): Count(found, seen > AT_HAND) for status, seen, found in rows})


def _of_each_status(
    orders: Select[*tuple[Any, ...]], most: int
) -> tuple[TableValuedAlias, LateralFromClause]:
    """The statuses, and to each `most` of the orders that have it."""
    every = array([literal(status, Text) for status in OrderStatus])
    statuses = func.unnest(every).table_valued(column("status", Text), name="statuses").render_derived()
    return statuses, orders.where(Order.status == statuses.c.status).limit(most).lateral("some")


def _counting(
    statuses: TableValuedAlias, some: LateralFromClause, *counts: ColumnElement[int]
) -> Select[*tuple[Any, ...]]:
    """The counts of every status, also of those that no order has."""
    joined = select(statuses.c.status, *counts).join_from(statuses, some, true(), isouter=True)
    return joined.group_by(statuses.c.status)


async def _by_status(session: AsyncSession, orders: Subquery) -> OrderCounts:
    """The counts of orders that are not more than can be counted, of which those beyond are not known."""
    counting = select(orders.c.status, func.count()).group_by(orders.c.status)
    counted: dict[str, int] = dict((await session.execute(counting)).all())
    more = sum(counted.values()) > MOST_COUNTED
    return OrderCounts({status: Count(counted.get(status, 0), more) for status in OrderStatus})
