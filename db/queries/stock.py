"""Stock: every change of the counters together with the movement that explains it.

Rows are locked in product id order, so that two orders for the same products wait and never deadlock.
"""

from collections.abc import Mapping

from sqlalchemy import ARRAY, BigInteger, Integer, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCKED = """
    locked AS MATERIALIZED (
        SELECT product_id FROM inventory WHERE product_id IN (SELECT product_id FROM wanted)
        ORDER BY product_id FOR UPDATE
    )
"""

_RESERVE = text(
    f"""
    WITH wanted AS (SELECT unnest(:product_ids) AS product_id, unnest(:quantities) AS quantity),
    {_LOCKED},
    moved AS (
        UPDATE inventory i
        SET available_quantity = i.available_quantity - w.quantity,
            reserved_quantity = i.reserved_quantity + w.quantity
        FROM locked l JOIN wanted w USING (product_id)
        WHERE i.product_id = l.product_id AND i.available_quantity >= w.quantity
        RETURNING i.vendor_id, i.product_id, w.quantity
    )
    INSERT INTO inventory_movements
        (vendor_id, product_id, movement_type, available_change, reserved_change, reference)
    SELECT vendor_id, product_id, 'reserved', -quantity, quantity, :reference FROM moved
    RETURNING product_id
"""  # noqa: S608 -- the only thing put in is a constant of this module
).bindparams(bindparam("product_ids", type_=ARRAY(BigInteger)), bindparam("quantities", type_=ARRAY(Integer)))


def _settling(movement_type: str, available: int) -> str:
    """Move what an order still holds: back to the shelf, or out of the house."""
    return f"""
    WITH wanted AS (
        SELECT product_id, reserved_change AS quantity FROM inventory_movements held
        WHERE reference = :reference AND movement_type = 'reserved' AND NOT EXISTS (
            SELECT FROM inventory_movements settled
            WHERE settled.reference = held.reference AND settled.product_id = held.product_id
              AND settled.movement_type IN ('released', 'shipped')
        )
    ),
    {_LOCKED},
    moved AS (
        UPDATE inventory i
        SET available_quantity = i.available_quantity + w.quantity * {available},
            reserved_quantity = i.reserved_quantity - w.quantity
        FROM locked l JOIN wanted w USING (product_id)
        WHERE i.product_id = l.product_id
        RETURNING i.vendor_id, i.product_id, w.quantity
    )
    INSERT INTO inventory_movements
        (vendor_id, product_id, movement_type, available_change, reserved_change, reference)
    SELECT vendor_id, product_id, '{movement_type}', quantity * {available}, -quantity, :reference FROM moved
    """  # noqa: S608 -- both values are constants of this module


_RELEASE = text(_settling("released", 1))
_SHIP = text(_settling("shipped", 0))


_TAKE_BACK = text(
    f"""
    WITH wanted AS (SELECT unnest(:product_ids) AS product_id, unnest(:quantities) AS quantity),
    {_LOCKED},
    moved AS (
        UPDATE inventory i SET available_quantity = i.available_quantity + w.quantity
        FROM locked l JOIN wanted w USING (product_id)
        WHERE i.product_id = l.product_id
        RETURNING i.vendor_id, i.product_id, w.quantity
    )
    INSERT INTO inventory_movements
        (vendor_id, product_id, movement_type, available_change, reserved_change, reference)
    SELECT vendor_id, product_id, 'returned', quantity, 0, :reference FROM moved
"""  # noqa: S608 -- the only thing put in is a constant of this module
).bindparams(bindparam("product_ids", type_=ARRAY(BigInteger)), bindparam("quantities", type_=ARRAY(Integer)))


async def reserve(session: AsyncSession, *, quantities: Mapping[int, int], reference: str) -> set[int]:
    """Hold all lines for an order number; a caller who is told of products that are short rolls back."""
    ordered = sorted(quantities)
    given = {
        "product_ids": ordered,
        "quantities": [quantities[product_id] for product_id in ordered],
        "reference": reference,
    }
    return set(ordered) - set((await session.execute(_RESERVE, given)).scalars())


async def release(session: AsyncSession, *, reference: str) -> None:
    """Give back what an order number still holds; twice is once."""
    await session.execute(_RELEASE, {"reference": reference})


async def ship(session: AsyncSession, *, reference: str) -> None:
    """Book what an order number holds as gone out of the house; twice is once."""
    await session.execute(_SHIP, {"reference": reference})


async def take_back(session: AsyncSession, *, quantities: Mapping[int, int], reference: str) -> None:
    """Put returned pieces back on the shelf, once for each `reference`."""
    ordered = sorted(quantities)
    given = {
        "product_ids": ordered,
        "quantities": [quantities[product_id] for product_id in ordered],
        "reference": reference,
    }
    await session.execute(_TAKE_BACK, given)
