"""Storing the PaymentIntent of a new order."""

from decimal import Decimal

from sqlalchemy import BigInteger, Integer, Numeric, Text, bindparam, select, text

from db.direct import Direct
from db.tables import Placement

# One statement for all that is written, because a shopper waits for it. It writes nothing unless the
# placement is there to be moved on, and a placement that is being refused at this moment is waited for.
_STORE = text("""
    WITH placed AS (
        UPDATE placements SET state = 'placed', updated_at = now()
        WHERE id = :placement_id AND state = 'created' RETURNING id
    ), known AS (
        UPDATE orders SET payment_reference = :reference, updated_at = now()
        WHERE id = :order_id AND EXISTS (SELECT FROM placed)
    ), to_pay AS (
        INSERT INTO payments (
            vendor_id, order_id, provider, provider_reference, client_secret, amount, currency, status
        )
        SELECT :vendor_id, :order_id, 'stripe', :reference, :client_secret, :amount, :currency, :status
        FROM placed
    ), happened AS (
        INSERT INTO order_events
            (vendor_id, order_id, sequence, type, payment_status, actor_type, data)
        SELECT :vendor_id, :order_id, :sequence, 'payment.opened', 'pending', 'system',
               jsonb_build_object('payment_reference', :reference)
        FROM placed
    )
    SELECT id FROM placed
""").bindparams(
    *(bindparam(name, type_=BigInteger) for name in ("vendor_id", "order_id", "placement_id")),
    *(bindparam(name, type_=Text) for name in ("reference", "client_secret", "currency", "status")),
    bindparam("sequence", type_=Integer),
    bindparam("amount", type_=Numeric(12, 2)),
)
_STATE = select(Placement.state).where(Placement.id == bindparam("placement_id"))


async def store_payment(
    direct: Direct,
    *,
    vendor_id: int,
    placement_id: int,
    order_id: int,
    sequence: int,
    amount: Decimal,
    currency: str,
    reference: str,
    client_secret: str | None,
    status: str,
) -> str:
    """Write an order's payment and its event, and mark the placement as placed; twice is once.

    Returns the placement's state, which is `refused` when the order was given up meanwhile.
    """
    given = {
        "vendor_id": vendor_id,
        "placement_id": placement_id,
        "order_id": order_id,
        "sequence": sequence,
        "amount": amount,
        "currency": currency,
        "reference": reference,
        "client_secret": client_secret,
        "status": status,
    }
    if await direct.find(_STORE, given) is not None:
        return "placed"
    state: str = (await direct.one(_STATE, given)).state
    return state
