"""A customer's own order, read for a page."""

from dataclasses import dataclass

from api.pages.order_documents import OrderDocuments, documents_of
from api.pages.shop.orders import ToldOrder, tell_order
from api.pages.shop.visits import AccountVisit
from api.schemas.orders import CustomerOrderDetail, present_customer_detail
from db.queries import messages, orders
from db.queries.waits import get_waits


@dataclass(frozen=True)
class OwnOrder:
    """An order as its customer is answered by the JSON routes, and as they are told of it."""

    order: CustomerOrderDetail
    told: ToldOrder
    documents: OrderDocuments


async def read_own_order(visit: AccountVisit, order_id: int) -> OwnOrder:
    """The visitor's order, all of it from one moment. Raises OrderNotFound, also for another's."""
    async with visit.context.database.direct(visit.vendor.id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order_id, customer_id=visit.customer_id)
        history = await orders.get_history(direct, order_id=order_id)
        waits = await get_waits(direct, order_id=order_id)
        thread = await messages.list_messages(direct, order_id=order_id)
        documents = await documents_of(direct, stored.order, history.refunds)
    key = visit.context.settings.stripe_publishable_key
    return OwnOrder(
        order=present_customer_detail(stored, history, thread, publishable_key=key),
        told=tell_order(stored, history, waits),
        documents=documents,
    )
