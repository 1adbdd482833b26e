"""Stock as reconciliation walks it: what is held for whom, and counters beside their movements."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.tables import Inventory, InventoryMovement, Order, Placement


@dataclass(frozen=True)
class Held:
    """An order number for which pieces are held, and what became of it."""

    vendor_id: int
    order_number: str
    placement: str | None
    order_status: str | None


async def held_stock(
    session: AsyncSession, *, after: str, before: datetime, limit: int, order_number: str | None = None
) -> list[Held]:
    """Order numbers that hold stock since before `before`, in order; or only this one."""
    movement, settled = InventoryMovement, aliased(InventoryMovement)
    is_settled = exists().where(
        settled.reference == movement.reference,
        settled.product_id == movement.product_id,
        settled.movement_type.in_(("released", "shipped")),
    )
    statement = (
        select(movement.vendor_id, movement.reference, Placement.state, Order.status)
        .outerjoin(
            Placement,
            and_(Placement.vendor_id == movement.vendor_id, Placement.order_number == movement.reference),
        )
        .outerjoin(
            Order, and_(Order.vendor_id == movement.vendor_id, Order.order_number == movement.reference)
        )
        .where(movement.movement_type == "reserved", movement.reference > after, ~is_settled)
        .where(movement.created_at <= before, or_(Order.id.is_(None), Order.updated_at <= before))
        .distinct()
        .order_by(movement.reference)
        .limit(limit)
    )
    if order_number is not None:
        statement = statement.where(movement.reference == order_number)
    return [
        Held(vendor_id, reference or "", placement, status)
        for vendor_id, reference, placement, status in await session.execute(statement)
    ]


@dataclass(frozen=True)
class Counters:
    """A product's stock counters beside the sums of its movements."""

    product_id: int
    vendor_id: int
    available: int
    reserved: int
    moved_available: int
    moved_reserved: int


async def stock_counters(session: AsyncSession, *, after_id: int, limit: int) -> list[Counters]:
    """Counters and sums as of one moment, by product id."""
    page = (
        select(Inventory)
        .where(Inventory.product_id > after_id)
        .order_by(Inventory.product_id)
        .limit(limit)
        .subquery()
    )
    sums = (
        select(
            func.coalesce(func.sum(InventoryMovement.available_change), 0).label("available"),
            func.coalesce(func.sum(InventoryMovement.reserved_change), 0).label("reserved"),
        )
        .where(InventoryMovement.product_id == page.c.product_id)
        .lateral()
    )
    statement = select(
        page.c.product_id,
        page.c.vendor_id,
        page.c.available_quantity,
        page.c.reserved_quantity,
        sums.c.available,
        sums.c.reserved,
    ).order_by(page.c.product_id)
    return [Counters(*row) for row in await session.execute(statement.join(sums, true()))]


async def lock_number(session: AsyncSession, *, order_number: str) -> None:
    """Keep the placement and the order of this number as they are until the transaction ends."""
    await session.execute(
        select(Placement.id).where(Placement.order_number == order_number).with_for_update()
    )
    await session.execute(select(Order.id).where(Order.order_number == order_number).with_for_update())
