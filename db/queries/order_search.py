"""Searching a vendor's orders: among those at hand first, then back through time by the index of words."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.types import TypeEngine

from db.direct import Direct
from db.queries.order_filters import OF_ORDERS, OrderFilter, order_conditions
from db.queries.order_sorts import OrderSort, Place, beyond, place_values, sorting
from db.tables import Order

# How many orders are looked at one by one. A word that is in one of forty orders fills a page from as many;
# rarer words are found sooner in the index, which takes the longer the more orders of a span have the word.
AT_HAND = 2_000
# As many of all orders by time: the index of words goes on from there at once. Few orders may be all that
# other filters leave, and of those that are sorted by total the index has to give every match.
AT_HAND_BY_TIME = 500


# What the database's function is given, in its order: see `found_by`.
_ASKED: Mapping[str, TypeEngine[Any]] = {
    "search": Text(),
    "how_many": BigInteger(),
    "rough": Boolean(),
    "oldest_first": Boolean(),
    "status": Text(),
    "payment_status": Text(),
    "customer_id": BigInteger(),
    "placed_from": DateTime(timezone=True),
    "placed_before": DateTime(timezone=True),
    "after_time": DateTime(timezone=True),
    "after_id": BigInteger(),
}
# The vendor's orders that are searched for, in no order, by the index of words. Under row-level security only
# this function gets to that index (ADR 0003).
FOUND = func.search_orders(*(bindparam(name, type_=kind) for name, kind in _ASKED.items())).table_valued(
    *(column(name, fact.type) for name, fact in OF_ORDERS.items())
)


def found_by(
    wanted: OrderFilter,
    *,
    how_many: int | None = None,
    rough: bool = False,
    oldest_first: bool = False,
    place: Place | None = None,
) -> dict[str, Any]:
    """The parameters of `FOUND`.

    With `how_many` no more of time is gone through than has so many, from the place on; the rest of a span
    comes along unless the search is `rough`.
    """
    return wanted.values | {
        "how_many": how_many,
        "rough": rough,
        "oldest_first": oldest_first,
        "after_time": None if place is None else place.value,
        "after_id": None if place is None else place.id,
    }


async def search_ids(
    direct: Direct, wanted: OrderFilter, *, sort: OrderSort, skip: int, limit: int, place: Place | None
) -> list[int]:
    """A page of the orders that are searched for, in their order; one statement or a few for any page."""
    ids, rest = list[int](), skip + limit
    further = place
    while rest:
        found, further = await _at_hand(direct, wanted, sort=sort, how_many=rest, place=further)
        ids += found
        rest -= len(found)
        if further is None:
            break
        # By total the index of words has to give all matches; looking at as many orders again may do.
        if sort.by_time or len(found) < rest:
            ids += await _further_on(direct, wanted, sort=sort, how_many=rest, place=further)
            break
    return ids[skip:]


async def _at_hand(
    direct: Direct, wanted: OrderFilter, *, sort: OrderSort, how_many: int, place: Place | None
) -> tuple[list[int], Place | None]:
    """The first that match, at most `how_many`, of the first orders that the other filters leave.

    Where those do not tell, also the place of the last one that was looked at.
    """
    others = wanted.without_search
    at_hand = AT_HAND_BY_TIME if sort.by_time and others == OrderFilter() else AT_HAND
    statement = _near(others.shape(by_time=sort.by_time), sort, at_hand, further=place is not None)
    rows = await direct.all(
        statement, wanted.values | place_values(place) | {"words": wanted.search, "most": how_many + 1}
    )
    ids = [row.id for row in rows if row.matches][:how_many]
    if len(ids) == how_many or not rows or rows[-1].number < at_hand:
        return ids, None
    return ids, Place(sort, rows[-1].value, rows[-1].id)


@lru_cache(maxsize=256)  # putting a statement together takes longer than running it
def _near(shape: OrderFilter, sort: OrderSort, at_hand: int, *, further: bool) -> Select[*tuple[Any, ...]]:
    """Of the first `at_hand` orders those that match, and the last one whether or not it does."""
    facts = (OF_ORDERS["id"], OF_ORDERS["created_at"], OF_ORDERS["total_hundredths"])
    most = literal_column(str(at_hand), Integer)
    first = select(*facts).where(*order_conditions(shape, by_time=sort.by_time))
    if further:
        first = first.where(beyond(sort))
    first = first.order_by(*sorting(sort)).limit(most)
    number = func.row_number().over(order_by=sorting(sort)).label("number")
    near = first.add_columns(Order.search_document, number).subquery("near")
    # By time their spans are soon known, by an index alone; by total they may be of any.
    queries, first_span = _asked(first.subquery("times") if sort.by_time else Order.__table__)
    of_its_span = queries[
        func.order_search_span(near.c.created_at) - first_span + literal_column("1", Integer)
    ]
    matches = near.c.search_document.bool_op("@@")(of_its_span)
    return (
        select(near.c.id, near.c[sort.column].label("value"), near.c.number, matches.label("matches"))
        .where(or_(matches, near.c.number == most))
        .order_by(*sorting(sort, dict(near.c)))
        .limit(bindparam("most", type_=BigInteger))
    )


async def _further_on(
    direct: Direct, wanted: OrderFilter, *, sort: OrderSort, how_many: int, place: Place
) -> list[int]:
    if sort.by_time:
        values = found_by(wanted, how_many=how_many, oldest_first=sort == OrderSort.OLDEST, place=place)
    else:
        values = found_by(wanted) | place_values(place)
    return [row.id for row in await direct.all(_FURTHER_ON[sort], values | {"most": how_many})]


def _best(sort: OrderSort) -> Select[int]:
    found = dict(FOUND.c)
    best = select(FOUND.c.id) if sort.by_time else select(FOUND.c.id).where(beyond(sort, found))
    return best.order_by(*sorting(sort, found)).limit(bindparam("most", type_=BigInteger))


_FURTHER_ON = {sort: _best(sort) for sort in OrderSort}


def _asked(of: FromClause) -> tuple[ColumnElement[Any], ColumnElement[int]]:
    """The words `:words` as they are asked of each span that the orders are of, and the first span."""
    vendor = text("nullif(current_setting('app.vendor_id', true), '')::bigint")
    placed_at = of.c["created_at"]
    first, last = (func.order_search_span(which(placed_at)) for which in (func.min, func.max))
    spans = select(first.label("first"), last.label("last")).select_from(of).cte("spans")
    asked = select(
        spans.c.first,
        func.order_search_queries(
            vendor, bindparam("words", type_=Text), spans.c.first, spans.c.last, type_=ARRAY(TSQUERY)
        ).label("queries"),
    ).cte("asked")
    return select(asked.c.queries).scalar_subquery(), select(asked.c.first).scalar_subquery()
