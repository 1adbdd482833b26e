"""A product's stock: corrections and movements."""

from fastapi import Request, Response

from api.callers import CurrentVendorUser
from api.cursors import Cursor, link_next
from api.dependencies import DatabaseDep, IdempotencyKey, PageOf50
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.base import PathId
from api.schemas.stock_movements import MovementAnswer
from api.schemas.vendor_products import StockRequest, VendorProductAnswer, present_stocked_product
from db.queries import catalogue, stock_corrections, stock_movements
from db.tables import Vendor

router = vendor_router("products")
_NOT_FOUND = refused("`product_not_found`, also for another shop's product")


@router.put(
    "/products/{product_id}/stock",
    summary="Correct a product's stock",
    responses={404: _NOT_FOUND, 409: refused("`stock_moved`, `stock_too_low`")},
)
async def put_stock(
    product_id: PathId,
    given: StockRequest,
    user: CurrentVendorUser,
    database: DatabaseDep,
    idempotency_key: IdempotencyKey,
) -> VendorProductAnswer:
    """Set how many pieces can be sold from now on, or add and take some; it is booked as a movement.

    A correction with an `Idempotency-Key` is done once, however often it is sent.
    """
    async with database.vendor(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        stocked = await stock_corrections.correct_stock(
            session,
            product_id=product_id,
            correction=given.correction(),
            actor_id=user.id,
            request_key=idempotency_key,
        )
    return present_stocked_product(stocked, vendor.currency)


@router.get(
    "/products/{product_id}/movements",
    summary="List a product's stock movements",
    responses={404: _NOT_FOUND},
)
async def list_movements(
    product_id: PathId,
    request: Request,
    response: Response,
    user: CurrentVendorUser,
    page: PageOf50,
    database: DatabaseDep,
) -> list[MovementAnswer]:
    """What moved the stock, newest first; the sums of all movements are the counters. `skip` is ignored."""
    async with database.reading(user.vendor_id) as session:
        await catalogue.get_stocked_product(session, product_id=product_id)
        found = await stock_movements.list_movements(
            session,
            product_id=product_id,
            limit=page.limit + 1,
            before_id=page.cursor.id if page.cursor else None,
        )
    shown = found[: page.limit]
    if len(found) > page.limit:
        link_next(request, response, Cursor(created_at=shown[-1].created_at, id=shown[-1].id))
    return [MovementAnswer.model_validate(movement) for movement in shown]
