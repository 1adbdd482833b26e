"""Searching a vendor's orders: among those at hand first, then back through time by the index of words."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    TableValuedAlias,
    Text,
    bindparam,
    column,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from db.queries.order_filters import OF_ORDERS, OrderFilter, order_conditions
from db.queries.order_sorts import OrderSort, Place, beyond, sorting
from db.tables import Order

# How many orders are looked at one by one. A word that is in one of forty orders fills a page from as many;
# rarer words are found sooner in the index, which takes the longer the more orders of a span have the word.
AT_HAND = 2_000
# As many of all orders by time: the index of words goes on from there at once. Few orders may be all that
# other filters leave, and of those that are sorted by total the index has to give every match.
AT_HAND_BY_TIME = 500


def found_orders(
    wanted: OrderFilter,
    *,
    how_many: int | None = None,
    rough: bool = False,
    oldest_first: bool = False,
    place: Place | None = None,
) -> TableValuedAlias:
    """The vendor's orders that are searched for, in no order, by the index of words.

    With `how_many` no more of time is gone through than has so many, from the place on; the rest of a span
    comes along unless the search is `rough`. Under row-level security only this function gets to that index
    (ADR 0003).
    """
    arguments: list[tuple[object, TypeEngine[Any]]] = [
        (wanted.search, Text()),
        (how_many, BigInteger()),
        (rough, Boolean()),
        (oldest_first, Boolean()),
        (wanted.status, Text()),
        (wanted.payment_status, Text()),
        (wanted.customer_id, BigInteger()),
        (wanted.placed_from, DateTime(timezone=True)),
        (wanted.placed_before, DateTime(timezone=True)),
        (None if place is None else place.value, DateTime(timezone=True)),
        (None if place is None else place.id, BigInteger()),
    ]
    given = [null() if value is None else literal(value, kind) for value, kind in arguments]
    names = tuple(OF_ORDERS)
    return func.search_orders(*given).table_valued(*(column(name, OF_ORDERS[name].type) for name in names))


async def search_ids(
    session: AsyncSession, wanted: OrderFilter, *, sort: OrderSort, skip: int, limit: int, place: Place | None
) -> list[int]:
    """A page of the orders that are searched for, in their order; one statement or a few for any page."""
    ids, rest = list[int](), skip + limit
    further = place
    while rest:
        found, further = await _at_hand(session, wanted, sort=sort, how_many=rest, place=further)
        ids += found
        rest -= len(found)
        if further is None:
            break
        # By total the index of words has to give all matches; looking at as many orders again may do.
        if sort.by_time or len(found) < rest:
            ids += await _further_on(session, wanted, sort=sort, how_many=rest, place=further)
            break
    return ids[skip:]


async def _at_hand(
    session: AsyncSession, wanted: OrderFilter, *, sort: OrderSort, how_many: int, place: Place | None
) -> tuple[list[int], Place | None]:
    """The first that match, at most `how_many`, of the first orders that the other filters leave.

    Where those do not tell, also the place of the last one that was looked at.
    """
    number = func.row_number().over(order_by=sorting(sort)).label("number")
    facts = (OF_ORDERS["id"], OF_ORDERS["created_at"], OF_ORDERS["total_hundredths"])
    conditions = order_conditions(wanted.without_search, by_time=sort.by_time)
    first = select(*facts, Order.search_document, number).where(*conditions)
    if place is not None:
        first = first.where(beyond(place))
    at_hand = AT_HAND_BY_TIME if sort.by_time and wanted.without_search == OrderFilter() else AT_HAND
    near = first.order_by(*sorting(sort)).limit(at_hand).subquery("near")
    of_its_span = _QUERIES[func.order_search_span(near.c.created_at) - _FIRST_SPAN + 1]
    matches = near.c.search_document.bool_op("@@")(of_its_span)
    statement = (
        select(near.c.id, near.c[sort.column], near.c.number, matches.label("matches"))
        .where(or_(matches, near.c.number == at_hand))
        .order_by(*sorting(sort, dict(near.c)))
        .limit(how_many + 1)
    )
    rows = (await session.execute(statement, {"words": wanted.search})).all()
    ids = [row.id for row in rows if row.matches][:how_many]
    if len(ids) == how_many or not rows or rows[-1].number < at_hand:
        return ids, None
    return ids, Place(sort, rows[-1][1], rows[-1].id)


async def _further_on(
    session: AsyncSession, wanted: OrderFilter, *, sort: OrderSort, how_many: int, place: Place
) -> list[int]:
    if sort.by_time:
        found = found_orders(wanted, how_many=how_many, oldest_first=sort == OrderSort.OLDEST, place=place)
        statement = select(found.c.id)
    else:
        found = found_orders(wanted)
        statement = select(found.c.id).where(beyond(place, dict(found.c)))
    statement = statement.order_by(*sorting(sort, dict(found.c))).limit(how_many)
    return list((await session.scalars(statement)).all())


def _asked() -> tuple[ColumnElement[Any], ColumnElement[int]]:
    """The words `:words` as they are asked of each span that the vendor has orders of, and the first span."""
    vendor = text("nullif(current_setting('app.vendor_id', true), '')::bigint")
    first, last = (func.order_search_span(which(Order.created_at)) for which in (func.min, func.max))
    spans = select(first.label("first"), last.label("last")).cte("spans")
    asked = select(
        spans.c.first,
        func.order_search_queries(
            vendor, bindparam("words", type_=Text), spans.c.first, spans.c.last, type_=ARRAY(TSQUERY)
        ).label("queries"),
    ).cte("asked")
    return select(asked.c.queries).scalar_subquery(), select(asked.c.first).scalar_subquery()


# Built once: it takes longer than to run it.
_QUERIES, _FIRST_SPAN = _asked()
