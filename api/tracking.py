"""Tracking: the order that a signed link opens."""

from dataclasses import dataclass
from datetime import UTC, datetime

from api.waiting import expected_of
from db.queries import orders
from db.queries.orders import OrderHistory, StoredOrder
from db.queries.waits import StoredWaits, get_waits
from db.session import Database
from domain.errors import LinkInvalid
from domain.links import LinkPurpose, Links
from domain.waiting import Wait


@dataclass(frozen=True)
class Tracked:
    """An order with its history and what is expected next; it is the whole order, so choose what to show."""

    stored: StoredOrder
    history: OrderHistory
    waits: StoredWaits
    wait: Wait | None


async def find_tracked(database: Database, links: Links, *, vendor_id: int, token: str) -> Tracked:
    """The order that a link of this shop opens, for anyone who holds it.

    Raises LinkInvalid, for another shop's link too, and LinkExpired.
    """
    link = links.read(token, LinkPurpose.TRACK, datetime.now(UTC))
    if link.vendor_id != vendor_id:
        raise LinkInvalid("This link is not valid.")
    async with database.direct(vendor_id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=link.subject_id)
        history = await orders.get_history(direct, order_id=link.subject_id)
        waits = await get_waits(direct, order_id=link.subject_id)
    return Tracked(stored, history, waits, expected_of(stored.order, history, waits))
