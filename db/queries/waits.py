"""What is stored about the waits of one order, beside the order itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, rows
from db.tables import FindingRow, Order, OrderEvent, Payment, Vendor
from domain.orders import OrderEventType


@dataclass(frozen=True)
class StoredWaits:
    """The return window in seconds, Stripe's word on the payment, since when a bank is at it, the last
    extension of a deadline (which step, until when), and since when a finding is open.
    """

    return_window: int
    payment: str | None
    bank_since: datetime | None
    extended_step: str | None
    extended_until: datetime | None
    finding_since: datetime | None


_ORDER_ID = bindparam("order_id", type_=BigInteger)
_PROCESSING = select(func.max(OrderEvent.created_at)).where(
    OrderEvent.order_id == _ORDER_ID, OrderEvent.type == OrderEventType.PAYMENT_PROCESSING
)
_EXTENSION = (
    select(OrderEvent.data)
    .where(OrderEvent.order_id == _ORDER_ID, OrderEvent.type == OrderEventType.OPERATOR_EXTEND_DEADLINE)
    .order_by(OrderEvent.sequence.desc())
    .limit(1)
)
_FINDING = select(func.min(FindingRow.first_seen)).where(
    FindingRow.order_id == _ORDER_ID, FindingRow.resolved_at.is_(None)
)
_WAITS = (
    select(
        Vendor.return_window,
        Payment.status.label("payment"),
        _PROCESSING.scalar_subquery().label("bank_since"),
        _EXTENSION.scalar_subquery().label("extension"),
        _FINDING.scalar_subquery().label("finding_since"),
    )
    .select_from(Order)
    .join(Vendor, Vendor.id == Order.vendor_id)
    .outerjoin(Payment, Payment.order_id == Order.id)
    .where(Order.id == _ORDER_ID)
)


async def get_waits(via: Direct | AsyncSession, *, order_id: int) -> StoredWaits:
    """What is stored about the waits of an order that exists."""
    [row] = await rows(via, _WAITS, {"order_id": order_id})
    extended = row["extension"] or {}
    until = extended.get("until")
    return StoredWaits(
        row["return_window"],
        row["payment"],
        row["bank_since"],
        extended.get("step"),
        None if until is None else datetime.fromisoformat(until),
        row["finding_since"],
    )
