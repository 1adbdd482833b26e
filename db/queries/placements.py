"""Placements: the claim of an order number, once for a key and once for a version of a cart."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Numeric, Text, and_, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, first
from db.tables import Placement
from domain.errors import PlacementNotFound


@dataclass(frozen=True)
class Claim:
    """What is to be ordered by whom; `request` holds what the order is made from."""

    vendor_id: int
    customer_id: int
    cart_id: int
    cart_version: int
    idempotency_key: str
    request_hash: str
    request: dict[str, Any]
    quoted_total: Decimal


async def find_placements(
    session: AsyncSession, *, customer_id: int, idempotency_key: str, cart: tuple[int, int] | None
) -> Sequence[Placement]:
    """The customer's placements under this key or of this cart in this version; at most two."""
    same = Placement.idempotency_key == idempotency_key
    if cart is not None:
        same = or_(same, and_(Placement.cart_id == cart[0], Placement.cart_version == cart[1]))
    return (await session.scalars(select(Placement).where(Placement.customer_id == customer_id, same))).all()


async def get_placement(session: AsyncSession, *, customer_id: int, order_number: str) -> Placement:
    """The customer's placement with this order number. Raises PlacementNotFound."""
    statement = select(Placement).where(
        Placement.order_number == order_number, Placement.customer_id == customer_id
    )
    placement = await session.scalar(statement)
    if placement is None:
        raise PlacementNotFound("There is no such placement.")
    return placement


# As text, because a shopper waits for it and a built statement costs twice the time.
_CLAIM = text("""
    WITH counter AS (
        INSERT INTO order_number_counters AS c (vendor_id, day, last_number)
        VALUES (:vendor_id, :day, 1)
        ON CONFLICT (vendor_id, day) DO UPDATE SET last_number = c.last_number + 1
        RETURNING last_number
    )
    INSERT INTO placements (
        vendor_id, customer_id, cart_id, cart_version, idempotency_key, request_hash, request,
        quoted_total, order_number
    )
    SELECT :vendor_id, :customer_id, :cart_id, :cart_version, :idempotency_key, :request_hash,
           :request, :quoted_total,
           :prefix || lpad(last_number::text, greatest(5, length(last_number::text)), '0')
    FROM counter
    ON CONFLICT DO NOTHING
    RETURNING id, order_number, state
""").bindparams(
    *(bindparam(name, type_=BigInteger) for name in ("vendor_id", "customer_id", "cart_id")),
    *(bindparam(name, type_=Text) for name in ("idempotency_key", "request_hash", "prefix")),
    bindparam("cart_version", type_=Integer),
    bindparam("request", type_=JSONB),
    bindparam("quoted_total", type_=Numeric(12, 2)),
    bindparam("day", type_=Date),
)


async def claim_order_number(
    via: Direct | AsyncSession, claim: Claim, *, prefix: str, day: date
) -> Placement | None:
    """Take the vendor's next number of the day (UTC) for a placement, in one statement.

    None when another placement has the key or the cart's version. The number is then taken from the counter
    only until the transaction is rolled back, which is the caller's to do.
    """
    given = {field.name: getattr(claim, field.name) for field in fields(claim)}
    row = await first(via, _CLAIM, given | {"prefix": f"{prefix}-{day:%Y%m%d}-", "day": day})
    return row and Placement(id=row.id, order_number=row.order_number, state=row.state, **given)
