"""Which of a vendor's orders a list or a file is to have, as the query says it."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query
from pydantic import StringConstraints

from api.schemas.base import MAX_ID, Printable
from api.schemas.periods import PeriodEnd, PeriodStart
from db.queries.order_filters import OrderFilter
from domain.lifecycle import OrderStatus, PaymentStatus

Search = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Printable]


async def _filter_of_any_status(
    payment_status: Annotated[PaymentStatus | None, Query()] = None,
    customer_id: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None,
    date_from: Annotated[PeriodStart | None, Query()] = None,
    date_to: Annotated[PeriodEnd | None, Query()] = None,
    search: Annotated[Search, Query(description="Order number, customer name or e-mail address.")] = "",
) -> OrderFilter:
    return OrderFilter(None, payment_status, customer_id, date_from, date_to, search)


FilterOfAnyStatus = Annotated[OrderFilter, Depends(_filter_of_any_status)]


async def _filter(
    others: FilterOfAnyStatus, status: Annotated[OrderStatus | None, Query()] = None
) -> OrderFilter:
    return replace(others, status=status)


Filter = Annotated[OrderFilter, Depends(_filter)]
