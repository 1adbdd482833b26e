"""Stock as reconciliation walks it: what is held for whom, and counters beside their movements."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select, true, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.tables import FindingRow, Inventory, InventoryMovement, Order, Placement

_OVER = ("shipped", "delivered", "cancelled")


@dataclass(frozen=True)
class Held:
    """An order number for which pieces are held, and what became of it."""

    vendor_id: int
    order_number: str
    placement: str | None
    order_status: str | None


async def held_stock(
    session: AsyncSession, *, after: str, since: datetime, before: datetime, limit: int
) -> list[Held]:
    """Order numbers that hold stock and have something to do with `since`: held, final or refused from then
    on, or found before; in order. What moved after `before` is left out.
    """
    recent = union(
        select(Order.order_number).where(Order.status.in_(_OVER), Order.updated_at >= since),
        select(Placement.order_number).where(Placement.state == "refused", Placement.updated_at >= since),
        select(InventoryMovement.reference).where(
            InventoryMovement.movement_type == "reserved", InventoryMovement.created_at >= since
        ),
        select(FindingRow.order_number).where(FindingRow.resolved_at.is_(None)),
    ).subquery("recent")
    # One number after the other, each by the index of references: joined, all movements there ever were
    # would be gone through for the few that nothing has settled.
    number = recent.c.order_number
    held = _held(before).where(InventoryMovement.reference == number).lateral("held")
    statement = select(held).join_from(recent, held, true()).where(number > after).order_by(number)
    return [Held(*row) for row in await session.execute(statement.limit(limit))]


async def held_for(session: AsyncSession, *, order_number: str, before: datetime) -> Held | None:
    """What is held for one order number, its placement and order locked; None when nothing is."""
    for table in (Placement, Order):
        locked = select(table.id).where(table.order_number == order_number).with_for_update()
        await session.execute(locked)
    row = (await session.execute(_held(before).where(InventoryMovement.reference == order_number))).first()
    return None if row is None else Held(*row)


def _held(before: datetime) -> Select[int, str, str, str]:
    movement, settled = InventoryMovement, aliased(InventoryMovement)
    is_settled = exists().where(
        settled.reference == movement.reference,
        settled.product_id == movement.product_id,
        settled.movement_type.in_(("released", "shipped", "written_off")),
    )
    of_placement = and_(
        Placement.vendor_id == movement.vendor_id, Placement.order_number == movement.reference
    )
    of_order = and_(Order.vendor_id == movement.vendor_id, Order.order_number == movement.reference)
    number = func.coalesce(movement.reference, "").label("order_number")
    return (
        select(movement.vendor_id, number, Placement.state, Order.status)
        .select_from(movement)
        .outerjoin(Placement, of_placement)
        .outerjoin(Order, of_order)
        .where(movement.movement_type == "reserved", ~is_settled)
        .where(movement.created_at <= before, or_(Order.id.is_(None), Order.updated_at <= before))
        .group_by(movement.vendor_id, movement.reference, Placement.state, Order.status)
    )


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
