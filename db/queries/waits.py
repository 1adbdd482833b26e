"""What is stored about the waits of one order, beside the order itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

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


async def get_waits(session: AsyncSession, *, order_id: int) -> StoredWaits:
    """What is stored about the waits of an order that exists."""
    row = (await session.execute(_statement(order_id))).one()
    extended = row.extension or {}
    until = extended.get("until")
    return StoredWaits(
        row.return_window,
        row.payment,
        row.bank_since,
        extended.get("step"),
        None if until is None else datetime.fromisoformat(until),
        row.finding_since,
    )


def _statement(order_id: int) -> Select[int, str, datetime, dict[str, str], datetime]:
    processing = select(func.max(OrderEvent.created_at)).where(
        OrderEvent.order_id == order_id, OrderEvent.type == OrderEventType.PAYMENT_PROCESSING
    )
    extension = (
        select(OrderEvent.data)
        .where(OrderEvent.order_id == order_id, OrderEvent.type == OrderEventType.OPERATOR_EXTEND_DEADLINE)
        .order_by(OrderEvent.sequence.desc())
        .limit(1)
    )
    finding = select(func.min(FindingRow.first_seen)).where(
        FindingRow.order_id == order_id, FindingRow.resolved_at.is_(None)
    )
    return (
        select(
            Vendor.return_window,
            Payment.status.label("payment"),
            processing.scalar_subquery().label("bank_since"),
            extension.scalar_subquery().label("extension"),
            finding.scalar_subquery().label("finding_since"),
        )
        .select_from(Order)
        .join(Vendor, Vendor.id == Order.vendor_id)
        .outerjoin(Payment, and_(Payment.order_id == Order.id))
        .where(Order.id == order_id)
    )
