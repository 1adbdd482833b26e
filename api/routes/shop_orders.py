"""A customer's own orders."""

from fastapi import Request, Response, status

from api.callers import CurrentCustomer
from api.commands import cancel_by_customer
from api.cursors import Cursor, link_next
from api.dependencies import DatabaseDep, EngineDep, IdempotencyKey, PageOf20, SettingsDep
from api.routes.shop import shop_router
from api.schemas.base import PathId
from api.schemas.orders import (
    CancelRequest,
    CustomerOrderDetail,
    OrderAnswer,
    present_customer_detail,
    present_order,
)
from db.queries import messages, orders
from domain.lifecycle import ActorType

router = shop_router("orders")


@router.get("/orders/my-orders")
async def list_orders(
    request: Request, response: Response, customer: CurrentCustomer, page: PageOf20, database: DatabaseDep
) -> list[OrderAnswer]:
    """The customer's orders, newest first."""
    async with database.reading(customer.vendor_id) as session:
        found = await orders.list_customer_orders(
            session,
            customer_id=customer.id,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
            before=(page.cursor.created_at, page.cursor.id) if page.cursor else None,
        )
    shown = found[: page.limit]
    if len(found) > page.limit:
        last = shown[-1].order
        link_next(request, response, Cursor(created_at=last.created_at, id=last.id))
    return [present_order(stored.order, stored.items, actor=ActorType.CUSTOMER) for stored in shown]


@router.get("/orders/my-orders/{order_id}")
async def get_order(
    order_id: PathId, customer: CurrentCustomer, database: DatabaseDep, settings: SettingsDep
) -> CustomerOrderDetail:
    """One order with its history, and how to pay it while the money is awaited."""
    async with database.direct(customer.vendor_id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order_id, customer_id=customer.id)
        history = await orders.get_history(direct, order_id=order_id)
        thread = await messages.list_messages(direct, order_id=order_id)
    return present_customer_detail(stored, history, thread, publishable_key=settings.stripe_publishable_key)


@router.post(
    "/orders/my-orders/{order_id}/cancel",
    responses={202: {"model": OrderAnswer, "description": "Accepted, and not decided yet."}},
)
async def cancel(
    response: Response,
    order_id: PathId,
    customer: CurrentCustomer,
    key: IdempotencyKey,
    database: DatabaseDep,
    engine: EngineDep,
    given: CancelRequest | None = None,
) -> OrderAnswer:
    """Cancel an order; what was paid goes back. 409 `transition_not_allowed` once it is being processed."""
    async with database.direct(customer.vendor_id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order_id, customer_id=customer.id)
    outcome = await cancel_by_customer(
        database,
        engine,
        order=stored.order,
        customer_id=customer.id,
        reason=given.reason if given else None,
        idempotency_key=key,
    )
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if outcome.accepted_only:
        response.status_code = status.HTTP_202_ACCEPTED
    return present_order(outcome.order.order, outcome.order.items, actor=ActorType.CUSTOMER)
