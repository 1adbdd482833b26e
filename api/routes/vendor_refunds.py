"""Refunds of a vendor's orders."""

import structlog
from fastapi import Response
from fastapi import status as http
from fastapi.responses import JSONResponse

from api.callers import CurrentVendorUser
from api.dependencies import DatabaseDep, EngineDep, IdempotencyKey
from api.engine_failures import EngineSlow
from api.refunding import refund_order
from api.refusals import refused
from api.routes.vendor import PREFIX, vendor_router
from api.schemas.base import PathId
from api.schemas.orders import RefundAnswer
from api.schemas.refunds import RefundAccepted, RefundCommandRequest
from db.queries import order_lists
from db.queries.vendors import get_vendor

router = vendor_router("orders")


@router.post(
    "/orders/{order_id}/refunds",
    summary="Refund an order",
    status_code=http.HTTP_201_CREATED,
    response_model=RefundAnswer,
    responses={
        202: {"model": RefundAccepted, "description": "Accepted; the order will show the refund."},
        404: refused("`order_not_found`, also for another shop's order"),
        409: refused("`refund_exceeds_remaining` with `refundable_amount`; `transition_not_allowed` unpaid"),
    },
)
async def post_refund(
    order_id: PathId,
    given: RefundCommandRequest,
    response: Response,
    user: CurrentVendorUser,
    key: IdempotencyKey,
    database: DatabaseDep,
    engine: EngineDep,
) -> RefundAnswer | JSONResponse:
    """Give money back: an amount, pieces of lines and the shipping, or all that is left.

    The refund is pending until Stripe has paid it, which the order then shows; one that fails stays visible
    and can be sent again. A manual payment is given back by hand and only booked here.
    """
    async with database.reading(user.vendor_id) as session:
        stored = await order_lists.get_vendor_order(session, order_id=order_id)
        vendor = await get_vendor(session, vendor_id=user.vendor_id)
    structlog.contextvars.bind_contextvars(order_number=stored.order.order_number)
    try:
        refunded = await refund_order(
            database,
            engine,
            order=stored.order,
            vendor_code=vendor.vendor_code,
            user_id=user.id,
            body=given.body(),
            idempotency_key=key,
        )
    except EngineSlow:
        response.headers["Location"] = f"{PREFIX}/orders/{order_id}"
        accepted = RefundAccepted(order_id=order_id, status="accepted")
        return JSONResponse(accepted.model_dump(), http.HTTP_202_ACCEPTED, dict(response.headers))
    if refunded.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return RefundAnswer.model_validate(refunded.refund)
