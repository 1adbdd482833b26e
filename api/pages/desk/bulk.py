"""Which orders a page's bulk change is about, as its address says, and how they stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime, StringConstraints

from api.order_filter import Filter
from api.pages.desk.visits import Staff
from api.schemas.base import MAX_ID
from db.queries import bulk_jobs
from db.queries.order_filters import OrderFilter
from domain.bulk import MOST_ORDERS, Prospect, Standing, prospects
from domain.lifecycle import OrderStatus

_Ids = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18})*$", max_length=10_000)]


@dataclass(frozen=True)
class Choice:
    """Some orders by id, or those that match a filter; `query` is how the address says it."""

    orders: Sequence[int] | OrderFilter
    query: str
    again: int | None = None


@dataclass(frozen=True)
class Chosen:
    """How the orders of a choice stand, and what they could become; `too_many` for one job."""

    number: int
    too_many: bool
    statuses: Sequence[tuple[OrderStatus, int]]
    prospects: Sequence[Prospect]
    asked: int | None

    def prospect(self, target: str) -> Prospect | None:
        """What would become of the orders; None for a status that none of them can have."""
        return next((each for each in self.prospects if each.target == target), None)


async def _choice(
    request: Request,
    visit: Staff,
    matching: Filter,
    orders: Annotated[_Ids | None, Query()] = None,
    everything: Annotated[bool, Query()] = False,
    again: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None,
    before: Annotated[AwareDatetime | None, Query()] = None,
) -> Choice:
    """Orders by id, or what an earlier job left, or all that the filter matched when the table was left."""
    query = request.url.remove_query_params(["to", "retry"]).query
    if everything:
        known = [moment for moment in (matching.placed_before, before) if moment is not None]
        return Choice(replace(matching, placed_before=min(known, default=None)), query)
    if again is not None:
        async with visit.context.database.reading(visit.vendor.id) as session:
            await bulk_jobs.get_job(session, job_id=again)
            left = await bulk_jobs.ids_to_try_again(session, job_id=again)
        return Choice(left, query, again)
    ids = [] if orders is None else [int(number) for number in orders.split(",")]
    return Choice([number for number in dict.fromkeys(ids) if number <= MAX_ID], query)


ChosenOrders = Annotated[Choice, Depends(_choice)]


async def look_at(visit: Staff, choice: Choice) -> Chosen:
    """How the chosen orders stand now."""
    async with visit.context.database.reading(visit.vendor.id) as session:
        counted = await bulk_jobs.count_standings(session, choice.orders)
    number = sum(count for _, count in counted)
    return Chosen(
        number=number,
        too_many=number > MOST_ORDERS,
        statuses=_by_status(counted),
        prospects=prospects(counted),
        asked=None if isinstance(choice.orders, OrderFilter) else len(choice.orders),
    )


def _by_status(counted: Sequence[tuple[Standing, int]]) -> list[tuple[OrderStatus, int]]:
    sums = {
        status: sum(count for order, count in counted if order.status == status) for status in OrderStatus
    }
    return [(status, count) for status, count in sums.items() if count]
