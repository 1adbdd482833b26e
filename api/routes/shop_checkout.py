"""Checkout: the quote, placing the order, and looking after an order that takes long to be placed."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response, status

from api.amounts import AmountJSONResponse
from api.callers import CurrentCustomer, TokenHolder
from api.claiming import Attempt
from api.dependencies import (
    AdmissionDep,
    DatabaseDep,
    EngineDep,
    IdempotencyKey,
    OutcomesDep,
    SettingsDep,
    refuse_crowd,
)
from api.metrics import count_placement
from api.placing import Outcome, place_order, placement_outcome
from api.quoting import quote_cart
from api.routes.shop import PREFIX, shop_router
from api.schemas.checkout import OrderRequest, QuoteAnswer, QuoteRequest
from api.schemas.orders import PlacedOrderAnswer, PlacementAnswer, present_placed
from settings import Settings

router = shop_router("checkout")
_SLOW: dict[int | str, dict[str, Any]] = {
    202: {"model": PlacementAnswer, "description": "Being placed; ask again at `Location`."}
}
MAX_USER_AGENT = 400


@router.post("/checkout/quote")
async def quote(given: QuoteRequest, customer: CurrentCustomer, database: DatabaseDep) -> QuoteAnswer:
    """What the cart costs when it is ordered now, and the ways to ship and pay."""
    async with database.vendor(customer.vendor_id) as session:
        return await quote_cart(session, vendor_id=customer.vendor_id, customer_id=customer.id, wanted=given)


@router.post(
    "/orders",
    status_code=status.HTTP_201_CREATED,
    response_model=PlacedOrderAnswer,
    responses=_SLOW,
    dependencies=[Depends(count_placement), Depends(refuse_crowd)],
)
async def place(
    request: Request,
    response: Response,
    given: OrderRequest,
    customer: TokenHolder,
    key: IdempotencyKey,
    database: DatabaseDep,
    engine: EngineDep,
    outcomes: OutcomesDep,
    settings: SettingsDep,
    admission: AdmissionDep,
) -> PlacedOrderAnswer | Response:
    """Order the cart. The same request again, by key or by cart, answers the same order.

    503 `overloaded` with `Retry-After` where more orders come in than can be placed; nothing was done then.
    """
    agent = request.headers.get("user-agent")
    attempt = Attempt(
        customer=customer,
        wanted=given,
        idempotency_key=key,
        ip_address=request.client.host if request.client else None,
        user_agent=agent[:MAX_USER_AGENT] if agent else None,
    )
    async with admission.turn():
        outcome = await place_order(database, engine, outcomes, settings, attempt)
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return _answer(outcome, customer.vendor_id, settings)


@router.get("/orders/placements/{order_number}", response_model=PlacedOrderAnswer, responses=_SLOW)
async def get_placement(
    order_number: Annotated[str, Path(pattern=r"^[A-Z0-9-]{1,64}$")],
    customer: CurrentCustomer,
    database: DatabaseDep,
    settings: SettingsDep,
) -> PlacedOrderAnswer | Response:
    """How placing an order went: the order, its refusal, or 202 while it is not decided."""
    outcome = await placement_outcome(
        database, vendor_id=customer.vendor_id, customer_id=customer.id, order_number=order_number
    )
    return _answer(outcome, customer.vendor_id, settings)


def _answer(outcome: Outcome, vendor_id: int, settings: Settings) -> PlacedOrderAnswer | Response:
    if outcome.order is not None:
        return present_placed(outcome.order, publishable_key=settings.stripe_publishable_key)
    location = f"{PREFIX.format(vendor_id=vendor_id)}/orders/placements/{outcome.order_number}"
    body = PlacementAnswer(order_number=outcome.order_number, state=outcome.state)
    return AmountJSONResponse(
        body.model_dump(), status_code=status.HTTP_202_ACCEPTED, headers={"Location": location}
    )
