"""Searching a vendor's orders: among those at hand first, and by the index of words where that is too few."""

from typing import Any

from sqlalchemy import ColumnElement, TableValuedAlias, Text, column, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.order_filters import OF_ORDERS, OrderFilter, order_conditions
from db.queries.order_sorts import OrderSort, Place, beyond, sorting
from db.tables import Order

# How many orders are looked at one by one. A word that is in one of forty orders fills a page from as many;
# rarer words are found sooner in the index, which takes the longer the more orders have the word.
AT_HAND = 2_000


def found_orders(words: str) -> TableValuedAlias:
    """All the vendor's orders with these words, in no order, by the index of words.

    Under row-level security only this function gets to that index (ADR 0003).
    """
    names = tuple(OF_ORDERS)
    return func.search_orders(words).table_valued(*(column(name, OF_ORDERS[name].type) for name in names))


def has_words(words: str, document: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an order that is looked at has these words in its document."""
    vendor = text("nullif(current_setting('app.vendor_id', true), '')::bigint")
    query = select(func.order_search_query(vendor, literal(words, Text))).scalar_subquery()
    return document.bool_op("@@")(query)


async def search_ids(
    session: AsyncSession, wanted: OrderFilter, *, sort: OrderSort, skip: int, limit: int, place: Place | None
) -> list[int]:
    """A page of the orders that are searched for, in their order; one statement, or two for a rare word."""
    near = await _at_hand(session, wanted, sort=sort, how_many=skip + limit, place=place)
    if near is not None:
        return near[skip:]
    found = found_orders(wanted.search)
    facts = dict(found.c)
    statement = select(found.c.id).where(*order_conditions(wanted.without_search, facts))
    if place is not None:
        statement = statement.where(beyond(place, facts))
    statement = statement.order_by(*sorting(sort, facts)).offset(skip).limit(limit)
    return list((await session.scalars(statement)).all())


async def _at_hand(
    session: AsyncSession, wanted: OrderFilter, *, sort: OrderSort, how_many: int, place: Place | None
) -> list[int] | None:
    """The first `how_many` that match, by looking at the first orders that the other filters leave.

    None where those do not tell: the order after the last one that is looked at comes along unasked, which
    says that there are more.
    """
    number = func.row_number().over(order_by=sorting(sort)).label("number")
    facts = (OF_ORDERS["id"], OF_ORDERS[sort.column], Order.search_document, number)
    conditions = order_conditions(wanted.without_search, by_time=sort.by_time)
    first = select(*facts).where(*conditions)
    if place is not None:
        first = first.where(beyond(place))
    near = first.order_by(*sorting(sort)).limit(AT_HAND + 1).subquery("near")
    matching = or_(near.c.number > AT_HAND, has_words(wanted.search, near.c.search_document))
    statement = select(near.c.id, near.c.number).where(matching).order_by(*sorting(sort, dict(near.c)))
    rows = (await session.execute(statement.limit(how_many))).all()
    if rows and rows[-1].number > AT_HAND:
        return None
    return [row.id for row in rows]
