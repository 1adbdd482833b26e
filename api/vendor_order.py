"""All that is stored of one order of a vendor's, and the order as its people are answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.engine import Engine
from api.schemas.vendor_orders import VendorOrderDetail, present_vendor_detail
from api.waiting import answer_wait, wait_of
from db.direct import Direct
from db.queries import disputes, messages, notes, order_lists, orders
from db.queries.messages import ThreadMessage
from db.queries.notes import Note
from db.queries.order_lists import VendorOrder
from db.queries.orders import OrderHistory
from db.queries.waits import StoredWaits, get_waits
from db.tables import Dispute, Payment


@dataclass(frozen=True)
class WholeOrder:
    """One order of a vendor's with all that belongs to it, from one moment."""

    stored: VendorOrder
    history: OrderHistory
    thread: Sequence[ThreadMessage]
    notes: Sequence[Note]
    disputes: Sequence[Dispute]
    payment: Payment | None
    waits: StoredWaits


async def read_whole_order(direct: Direct, *, order_id: int) -> WholeOrder:
    """One order of the transaction's vendor. Raises OrderNotFound, also for another vendor's."""
    return WholeOrder(
        stored=await order_lists.get_vendor_order(direct, order_id=order_id),
        history=await orders.get_history(direct, order_id=order_id),
        thread=await messages.list_messages(direct, order_id=order_id),
        notes=await notes.list_notes(direct, order_id=order_id),
        disputes=await disputes.list_disputes(direct, order_id=order_id),
        payment=await orders.get_payment(direct, order_id=order_id),
        waits=await get_waits(direct, order_id=order_id),
    )


async def answer_whole_order(engine: Engine, whole: WholeOrder) -> VendorOrderDetail:
    """The order as its vendor sees it, with the attempts that Temporal tells of at once."""
    order = whole.stored.order
    waiting = wait_of(order, whole.history, whole.disputes, whole.waits)
    return present_vendor_detail(
        whole.stored,
        whole.history,
        whole.thread,
        whole.notes,
        whole.disputes,
        whole.payment,
        await answer_wait(engine, order.order_number, waiting),
    )
