"""A vendor's orders: the list with its filters, one order, and its next status."""

from typing import Annotated

import structlog
from fastapi import Depends, Header, Request, Response
from fastapi import status as http

from api.callers import CurrentVendorUser
from api.cursors import link_after
from api.dependencies import DatabaseDep, EngineDep, IdempotencyKey
from api.order_filter import Filter, FilterOfAnyStatus
from api.order_paging import OrderPageDep, write_place
from api.refusals import refused
from api.routes.vendor import PREFIX, vendor_router
from api.schemas.base import PathId
from api.schemas.listed_orders import write_listed
from api.schemas.order_counts import OrderCountsAnswer, present_counts
from api.schemas.vendor_orders import (
    StatusRequest,
    VendorOrderAnswer,
    VendorOrderDetail,
    present_vendor_order,
)
from api.status_changes import StatusCommand, change_status, change_status_later
from api.vendor_order import answer_whole_order, read_whole_order
from db.queries import order_counts, order_lists
from db.queries.order_lists import VendorOrder
from db.queries.order_sorts import place_of

RESPOND_ASYNC = "respond-async"

router = vendor_router("orders")


async def _prefers_async(prefer: Annotated[list[str] | None, Header()] = None) -> bool:
    """https://www.rfc-editor.org/rfc/rfc7240#section-4.1"""
    preferences = (part for line in prefer or () for part in line.split(","))
    return any(part.partition(";")[0].strip().lower() == RESPOND_ASYNC for part in preferences)


PrefersAsync = Annotated[bool, Depends(_prefers_async)]


@router.get("/orders", summary="List the shop's orders", response_model=list[VendorOrderAnswer])
async def list_orders(
    request: Request,
    user: CurrentVendorUser,
    page: OrderPageDep,
    wanted: Filter,
    database: DatabaseDep,
) -> Response:
    """Orders with their customers; all filters that are given have to match."""
    async with database.direct(user.vendor_id, reading=True) as direct:
        found = await order_lists.list_vendor_orders(
            direct, wanted, sort=page.sort, skip=page.skip, limit=page.limit + 1, place=page.place
        )
    shown = found[: page.limit]
    response = Response(write_listed(shown), media_type="application/json")
    if len(found) > page.limit:
        link_after(request, response, write_place(place_of(shown[-1].order, page.sort)))
    return response


@router.get("/orders/counts", summary="Count the shop's orders by status")
async def count_orders(
    user: CurrentVendorUser, wanted: FilterOfAnyStatus, database: DatabaseDep
) -> OrderCountsAnswer:
    """How many orders of each status match the filters. What is too much to count says so with `more`."""
    async with database.direct(user.vendor_id, reading=True) as direct:
        return present_counts(await order_counts.count_orders(direct, wanted))


@router.get("/orders/{order_id}", summary="Read one order")
async def get_order(
    order_id: PathId, user: CurrentVendorUser, database: DatabaseDep, engine: EngineDep
) -> VendorOrderDetail:
    """One order with its customer, payment, history, refunds and disputes, and what it waits for."""
    async with database.direct(user.vendor_id, reading=True) as direct:
        whole = await read_whole_order(direct, order_id=order_id)
    return await answer_whole_order(engine, whole)


@router.put(
    "/orders/{order_id}/status",
    summary="Move an order to another status",
    responses={
        404: refused("`order_not_found`, also for another shop's order"),
        202: {"model": VendorOrderAnswer, "description": "Handed over; the order as it stood before."},
        409: refused("`transition_not_allowed` with `next_statuses`, `capture_failed`"),
    },
)
async def put_status(
    order_id: PathId,
    given: StatusRequest,
    response: Response,
    user: CurrentVendorUser,
    key: IdempotencyKey,
    prefers_async: PrefersAsync,
    database: DatabaseDep,
    engine: EngineDep,
) -> VendorOrderAnswer:
    """Confirm (a manual payment), process, ship, deliver or cancel. The present status again changes nothing.

    Cancelling refunds what was paid. Shipping takes an amount that is only authorised first; `capture_failed`
    leaves the order as it is. With `Prefer: respond-async` nobody waits for the change.
    """
    async with database.direct(user.vendor_id, reading=True) as direct:
        stored = await order_lists.get_vendor_order(direct, order_id=order_id)
    structlog.contextvars.bind_contextvars(order_number=stored.order.order_number)
    if key is None and stored.order.status == given.status:
        return present_vendor_order(stored)
    wanted = StatusCommand(stored.order, given.status, user.id, given.body(), key)
    if prefers_async:
        replayed = await change_status_later(database, engine, wanted)
        response.status_code = http.HTTP_202_ACCEPTED
        response.headers["Preference-Applied"] = RESPOND_ASYNC
        response.headers["Location"] = f"{PREFIX}/orders/{order_id}"
    else:
        outcome = await change_status(database, engine, wanted)
        stored = VendorOrder(outcome.order.order, stored.customer, outcome.order.items)
        replayed = outcome.replayed
        if outcome.accepted_only:
            response.status_code = http.HTTP_202_ACCEPTED
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return present_vendor_order(stored)
