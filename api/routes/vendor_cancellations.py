"""Cancellations by an order's vendor."""

import structlog
from fastapi import Response
from fastapi import status as http

from api.callers import CurrentVendorUser
from api.cancellations import CancelCommand, cancel_by_vendor
from api.dependencies import DatabaseDep, EngineDep, IdempotencyKey
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.base import PathId
from api.schemas.vendor_orders import CancellationRequest, VendorOrderAnswer, present_vendor_order
from db.queries import order_lists
from db.queries.order_lists import VendorOrder

router = vendor_router("orders")


@router.post(
    "/orders/{order_id}/cancel",
    summary="Cancel an order",
    responses={
        202: {"model": VendorOrderAnswer, "description": "Accepted, and not decided yet."},
        404: refused("`order_not_found`, also for another shop's order"),
        409: refused("`transition_not_allowed` with `next_statuses`, from shipped on"),
    },
)
async def post_cancellation(
    order_id: PathId,
    given: CancellationRequest,
    response: Response,
    user: CurrentVendorUser,
    key: IdempotencyKey,
    database: DatabaseDep,
    engine: EngineDep,
) -> VendorOrderAnswer:
    """Cancel for a reason, put the pieces back or write them off, and tell the customer or not.

    What was paid goes back in full. An order that is cancelled already stays as it is.
    """
    async with database.direct(user.vendor_id, reading=True) as direct:
        stored = await order_lists.get_vendor_order(direct, order_id=order_id)
    structlog.contextvars.bind_contextvars(order_number=stored.order.order_number)
    wanted = CancelCommand(
        order=stored.order,
        user_id=user.id,
        reason=given.reason,
        restock=given.restock,
        notify_customer=given.notify_customer,
        body=given.body(),
        idempotency_key=key,
    )
    outcome = await cancel_by_vendor(database, engine, wanted)
    if outcome.accepted_only:
        response.status_code = http.HTTP_202_ACCEPTED
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return present_vendor_order(VendorOrder(outcome.order.order, stored.customer, outcome.order.items))
