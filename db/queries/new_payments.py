"""Storing the PaymentIntent of a new order."""

from decimal import Decimal

from sqlalchemy import BigInteger, Integer, Numeric, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Placement

_STORE = text("""
    WITH known AS (
        UPDATE orders SET payment_reference = :reference, updated_at = now() WHERE id = :order_id
    ), to_pay AS (
        INSERT INTO payments (
            vendor_id, order_id, provider, provider_reference, client_secret, amount, currency, status
        ) VALUES (
            :vendor_id, :order_id, 'stripe', :reference, :client_secret, :amount, :currency, :status
        )
    ), happened AS (
        INSERT INTO order_events
            (vendor_id, order_id, sequence, type, payment_status, actor_type, data)
        VALUES (
            :vendor_id, :order_id, :sequence, 'payment.opened', 'pending', 'system',
            jsonb_build_object('payment_reference', :reference)
        )
    )
    UPDATE placements SET state = 'placed', updated_at = now() WHERE id = :placement_id
""").bindparams(
    *(bindparam(name, type_=BigInteger) for name in ("vendor_id", "order_id", "placement_id")),
    *(bindparam(name, type_=Text) for name in ("reference", "client_secret", "currency", "status")),
    bindparam("sequence", type_=Integer),
    bindparam("amount", type_=Numeric(12, 2)),
)


async def store_payment(
    session: AsyncSession,
    placement: Placement,
    *,
    order_id: int,
    sequence: int,
    amount: Decimal,
    currency: str,
    reference: str,
    client_secret: str | None,
    status: str,
) -> None:
    """Write an order's payment and its event, and mark the placement as placed, in one statement."""
    given = {
        "vendor_id": placement.vendor_id,
        "placement_id": placement.id,
        "order_id": order_id,
        "sequence": sequence,
        "amount": amount,
        "currency": currency,
        "reference": reference,
        "client_secret": client_secret,
        "status": status,
    }
    await session.execute(_STORE, given)
