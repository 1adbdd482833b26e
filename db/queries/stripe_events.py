"""Stripe's webhook events: whose order they are about, and which were handed over; in platform sessions."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Order, Payment, StripeEvent, Vendor


@dataclass(frozen=True)
class PaidOrder:
    """The order that a PaymentIntent pays, and how it stands."""

    vendor_id: int
    vendor_code: str
    order_number: str
    status: str
    paid_amount: Decimal


async def order_of_payment(session: AsyncSession, *, payment_reference: str) -> PaidOrder | None:
    """The order that has this PaymentIntent; None for one that is not, or not yet, an order's."""
    statement = (
        select(Order.vendor_id, Vendor.vendor_code, Order.order_number, Order.status, Order.paid_amount)
        .join(Vendor, Vendor.id == Order.vendor_id)
        .join(Payment, and_(Payment.vendor_id == Order.vendor_id, Payment.order_id == Order.id))
        .where(Payment.provider_reference == payment_reference)
        .where(Order.payment_reference == payment_reference)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else PaidOrder(*row)


async def remember(session: AsyncSession, *, event_id: str, event_type: str, order_number: str) -> bool:
    """Keep that an event arrived; whether it was handed over before."""
    added = await session.scalar(
        insert(StripeEvent)
        .values(event_id=event_id, type=event_type, order_number=order_number)
        .on_conflict_do_nothing()
        .returning(StripeEvent.event_id)
    )
    if added is not None:
        return False
    known = select(StripeEvent.handed_over_at.is_not(None)).where(StripeEvent.event_id == event_id)
    return bool(await session.scalar(known))


async def mark_handed_over(session: AsyncSession, *, event_id: str) -> None:
    """Keep that an event has reached its order's workflow."""
    await session.execute(
        update(StripeEvent).where(StripeEvent.event_id == event_id).values(handed_over_at=func.now())
    )
