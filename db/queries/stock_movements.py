"""How a product's stock came to be what it is: its movements, with whom and what they came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import InventoryMovement, Order, ProductImport, VendorUser


@dataclass(frozen=True)
class Mover:
    """Somebody of the vendor's who corrected the stock."""

    id: int
    first_name: str
    last_name: str


@dataclass(frozen=True)
class Movement:
    """One change of a product's counters; `order_id` or `import_id` where that is what it came from."""

    id: int
    movement_type: str
    available_change: int
    reserved_change: int
    reason: str | None
    notes: str | None
    order_id: int | None
    order_number: str | None
    import_id: int | None
    mover: Mover | None
    created_at: datetime


async def list_movements(
    session: AsyncSession, *, product_id: int, limit: int, before_id: int | None = None
) -> Sequence[Movement]:
    """A product's movements, newest first; who confirmed an import is who moved the stock by it."""
    moved = InventoryMovement
    statement = (
        select(
            moved, Order.id, Order.order_number, VendorUser.id, VendorUser.first_name, VendorUser.last_name
        )
        # A refund's key begins with the number of its order.
        .outerjoin(Order, Order.order_number == func.split_part(moved.reference, ":", 1))
        .outerjoin(ProductImport, ProductImport.id == moved.import_id)
        .outerjoin(VendorUser, VendorUser.id == func.coalesce(moved.actor_id, ProductImport.decided_by))
        .where(moved.product_id == product_id)
        .order_by(moved.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(moved.id < before_id)
    return [
        Movement(
            id=movement.id,
            movement_type=movement.movement_type,
            available_change=movement.available_change,
            reserved_change=movement.reserved_change,
            reason=movement.reason,
            notes=movement.notes,
            order_id=order_id,
            order_number=order_number,
            import_id=movement.import_id,
            mover=None if user_id is None else Mover(user_id, first_name, last_name),
            created_at=movement.created_at,
        )
        for movement, order_id, order_number, user_id, first_name, last_name in await session.execute(
            statement
        )
    ]
