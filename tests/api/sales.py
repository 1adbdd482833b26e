"""What a shop sold, at times that a test chooses."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import update

from db.session import Database
from db.tables import Order, Payment, Refund
from tests.api.backoffice import create_order
from tests.api.storefront import Storefront


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


async def change(database: Database, order: Order, **values: object) -> None:
    async with database.platform() as session:
        await session.execute(update(Order).where(Order.id == order.id).values(**values))


async def refund(database: Database, order: Order, amount: int, status: str, created_at: datetime) -> None:
    async with database.platform() as session:
        payment = Payment(
            vendor_id=order.vendor_id,
            order_id=order.id,
            provider="stripe",
            amount=order.total_amount,
            currency="EUR",
            status="succeeded",
        )
        session.add(payment)
        await session.flush()
        session.add(
            Refund(
                vendor_id=order.vendor_id,
                order_id=order.id,
                payment_id=payment.id,
                refund_key=f"{order.order_number}:refund:1",
                amount=Decimal(amount),
                currency="EUR",
                reason="damaged",
                status=status,
                created_at=created_at,
            )
        )


async def sell_for_two_weeks(database: Database, storefront: Storefront) -> list[Order]:
    """From 16 November 2026 on two mugs (19.90) and a pot (49.00), the week before one mug and its refund."""
    customer, mug, pot = storefront.customer, storefront.mug, storefront.pot
    first = await create_order(database, customer, mug, status="shipped", created_at=at(16))
    second = await create_order(database, customer, mug, status="cancelled", created_at=at(18))
    third = await create_order(database, customer, pot, status="delivered", created_at=at(18, 23, 30))
    unpaid = await create_order(
        database, customer, pot, status="pending", payment_status="pending", created_at=at(22, 23, 59)
    )
    before = await create_order(database, customer, mug, status="shipped", created_at=at(14))
    later = await create_order(database, customer, mug, status="confirmed", created_at=at(23, 0))
    await change(database, first, paid_at=at(16), shipped_at=at(17))
    await change(database, second, paid_at=at(18))
    await change(database, third, paid_at=at(18, 23, 30), shipped_at=at(19, 5, 30))
    await change(database, before, paid_at=at(14), shipped_at=at(15, 0))
    await change(database, later, paid_at=at(23, 0))
    await refund(database, second, 5, "succeeded", at(20))
    await refund(database, third, 7, "pending", at(20))
    await refund(database, before, 3, "succeeded", at(15))
    return [first, second, third, unpaid, before, later]
