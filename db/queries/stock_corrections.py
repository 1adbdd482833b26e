"""Correcting a product's stock by hand, always with the movement that explains it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.catalogue import StockedProduct, get_stocked_product
from db.tables import Inventory, InventoryMovement
from domain.errors import IdempotencyKeyReused
from domain.stock_corrections import StockCorrection, corrected


async def correct_stock(
    session: AsyncSession,
    *,
    product_id: int,
    correction: StockCorrection,
    actor_id: int,
    request_key: str | None = None,
) -> StockedProduct:
    """The product with its stock corrected; once for each `request_key`.

    Raises ProductNotFound, StockMoved, StockTooLow, CorrectionInvalid, and IdempotencyKeyReused where the key
    came with another correction.
    """
    stocked = await get_stocked_product(session, product_id=product_id)
    locked = select(Inventory).where(Inventory.product_id == product_id).with_for_update()
    stock = (await session.scalars(locked)).one()
    # Behind the lock: the same key sent at the same time waited there for the first one to commit.
    done = await _done_before(session, product_id, request_key)
    if done is not None:
        _check_same(done, correction)
        return StockedProduct(stocked.product, stock.available_quantity, stock.reserved_quantity)
    available = corrected(correction, stock.available_quantity)
    difference = available - stock.available_quantity
    if difference:
        stock.available_quantity = available
        session.add(
            InventoryMovement(
                vendor_id=stock.vendor_id,
                product_id=product_id,
                movement_type="adjusted",
                available_change=difference,
                reserved_change=0,
                reason=correction.reason,
                notes=correction.notes,
                actor_id=actor_id,
                request_key=request_key,
            )
        )
    return StockedProduct(stocked.product, available, stock.reserved_quantity)


async def _done_before(
    session: AsyncSession, product_id: int, request_key: str | None
) -> InventoryMovement | None:
    if request_key is None:
        return None
    return await session.scalar(
        select(InventoryMovement).where(
            InventoryMovement.product_id == product_id, InventoryMovement.request_key == request_key
        )
    )


def _check_same(done: InventoryMovement, correction: StockCorrection) -> None:
    other_number = correction.difference is not None and correction.difference != done.available_change
    if other_number or (done.reason, done.notes) != (correction.reason, correction.notes):
        raise IdempotencyKeyReused("This Idempotency-Key was used for another correction.")
