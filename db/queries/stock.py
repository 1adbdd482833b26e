"""Stock: every change of the counters together with the movement that explains it.

Rows are locked in product id order, so that two orders for the same products wait and never deadlock.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import ARRAY, BigInteger, Integer, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct
from domain.errors import InsufficientStock

_LOCKED = """
    locked AS MATERIALIZED (
        SELECT product_id FROM inventory WHERE product_id IN (SELECT product_id FROM wanted)
        ORDER BY product_id FOR UPDATE
    )
"""

# Expressions for a statement that does more at the same time; `held` then has the products that were held. A
# caller who finds one missing rolls back.
RESERVING = f"""
    wanted AS (SELECT unnest(:product_ids) AS product_id, unnest(:quantities) AS quantity),
    {_LOCKED},
    moved AS (
        UPDATE inventory i
        SET available_quantity = i.available_quantity - w.quantity,
            reserved_quantity = i.reserved_quantity + w.quantity
        FROM locked l JOIN wanted w USING (product_id)
        WHERE i.product_id = l.product_id AND i.available_quantity >= w.quantity
        RETURNING i.vendor_id, i.product_id, w.quantity
    ),
    held AS (
        INSERT INTO inventory_movements
            (vendor_id, product_id, movement_type, available_change, reserved_change, reference)
        SELECT vendor_id, product_id, 'reserved', -quantity, quantity, :order_number FROM moved
        RETURNING product_id
    )
"""  # noqa: S608 -- the only thing put in is a constant of this module
PIECES = (bindparam("product_ids", type_=ARRAY(BigInteger)), bindparam("quantities", type_=ARRAY(Integer)))


def pieces(quantities: Mapping[int, int]) -> dict[str, list[int]]:
    """The parameters `PIECES`: how many of each product, by its id."""
    ordered = sorted(quantities)
    return {"product_ids": ordered, "quantities": [quantities[product_id] for product_id in ordered]}


def _settling(movement_type: str, available: int) -> str:
    """Move what an order still holds: back to the shelf, out of the house, or off the books."""
    return f"""
    WITH wanted AS (
        SELECT product_id, reserved_change AS quantity FROM inventory_movements held
        WHERE reference = :reference AND movement_type = 'reserved' AND NOT EXISTS (
            SELECT FROM inventory_movements settled
            WHERE settled.reference = held.reference AND settled.product_id = held.product_id
              AND settled.movement_type IN ('released', 'shipped', 'written_off')
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
    RETURNING -reserved_change
    """  # noqa: S608 -- both values are constants of this module


_AVAILABLE = text("""
    SELECT product_id, available_quantity FROM inventory WHERE product_id = ANY(:product_ids)
""").bindparams(PIECES[0])
_RELEASE = text(_settling("released", 1))
_SHIP = text(_settling("shipped", 0))
_WRITE_OFF = text(_settling("written_off", 0))


# What was released and goes out of the house all the same comes off the shelf again, as far as it is there;
# answers what is not.
_SHIP_RELEASED = text(
    f"""
    WITH wanted AS (
        SELECT product_id, available_change AS quantity FROM inventory_movements freed
        WHERE reference = :reference AND movement_type = 'released' AND NOT EXISTS (
            SELECT FROM inventory_movements gone
            WHERE gone.reference = freed.reference AND gone.product_id = freed.product_id
              AND gone.movement_type = 'shipped'
        )
    ),
    {_LOCKED},
    moved AS (
        UPDATE inventory i SET available_quantity = i.available_quantity - w.quantity
        FROM locked l JOIN wanted w USING (product_id)
        WHERE i.product_id = l.product_id AND i.available_quantity >= w.quantity
        RETURNING i.vendor_id, i.product_id, w.quantity
    ),
    booked AS (
        INSERT INTO inventory_movements
            (vendor_id, product_id, movement_type, available_change, reserved_change, reference)
        SELECT vendor_id, product_id, 'shipped', -quantity, 0, :reference FROM moved
    )
    SELECT product_id FROM wanted WHERE product_id NOT IN (SELECT product_id FROM moved) ORDER BY product_id
"""  # noqa: S608 -- the only thing put in is a constant of this module
)


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
).bindparams(*PIECES)


async def available(direct: Direct, *, product_ids: Collection[int]) -> dict[int, int]:
    """How many pieces of each product nobody holds."""
    rows = await direct.all(_AVAILABLE, {"product_ids": list(product_ids)})
    return {row.product_id: row.available_quantity for row in rows}


async def release(session: AsyncSession, *, reference: str) -> int:
    """Give back what an order number still holds and answer how many pieces; twice is once."""
    return sum(await session.scalars(_RELEASE, {"reference": reference}))


async def ship(session: AsyncSession, *, reference: str) -> None:
    """Book what an order number holds as gone out of the house; twice is once."""
    await session.execute(_SHIP, {"reference": reference})


async def ship_released(session: AsyncSession, *, reference: str) -> None:
    """Book what an order number had given back as gone out of the house after all; twice is once.

    Raises InsufficientStock when somebody else has taken it meanwhile; the caller then rolls back.
    """
    short = (await session.scalars(_SHIP_RELEASED, {"reference": reference})).all()
    if short:
        raise InsufficientStock(
            "The stock of this order was released and is not there any more.", product_ids=list(short)
        )


async def write_off(session: AsyncSession, *, reference: str) -> None:
    """Book what an order number holds as lost, broken or gone: it was not sold and does not come back."""
    await session.execute(_WRITE_OFF, {"reference": reference})


async def take_back(session: AsyncSession, *, quantities: Mapping[int, int], reference: str) -> None:
    """Put returned pieces back on the shelf, once for each `reference`."""
    await session.execute(_TAKE_BACK, pieces(quantities) | {"reference": reference})
