"""Placements: the claim of an order number, once for a key and once for a version of a cart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import OrderNumberCounter, Placement
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


async def claim_order_number(
    session: AsyncSession, claim: Claim, *, prefix: str, day: date
) -> Placement | None:
    """Take the vendor's next number of the day (UTC) for a placement, in one statement.

    None when another placement has the key or the cart's version. The number is then taken from the counter
    only until the transaction is rolled back, which is the caller's to do.
    """
    counter = (
        insert(OrderNumberCounter)
        .values(vendor_id=claim.vendor_id, day=day, last_number=1)
        .on_conflict_do_update(
            index_elements=[OrderNumberCounter.vendor_id, OrderNumberCounter.day],
            set_={"last_number": OrderNumberCounter.last_number + 1},
        )
        .returning(OrderNumberCounter.last_number)
        .cte("counter")
    )
    values: dict[str, Any] = {
        "vendor_id": claim.vendor_id,
        "customer_id": claim.customer_id,
        "cart_id": claim.cart_id,
        "cart_version": claim.cart_version,
        "idempotency_key": claim.idempotency_key,
        "request_hash": claim.request_hash,
        "request": claim.request,
        "quoted_total": claim.quoted_total,
    }
    columns = [literal(value, Placement.__table__.c[name].type).label(name) for name, value in values.items()]
    digits = cast(counter.c.last_number, Text)
    padded = func.lpad(digits, func.greatest(5, func.length(digits)), "0")
    number = literal(f"{prefix}-{day:%Y%m%d}-", Text).concat(padded).label("order_number")
    statement = (
        insert(Placement)
        .from_select([*values, "order_number"], select(*columns, number))
        .on_conflict_do_nothing()
        .returning(Placement)
    )
    return await session.scalar(statement)
