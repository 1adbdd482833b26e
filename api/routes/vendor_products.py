"""A vendor's products and their stock."""

from typing import Annotated

from fastapi import Query, Request, Response, status
from pydantic import StringConstraints

from api.cursors import Cursor, link_next
from api.dependencies import CurrentVendorUser, DatabaseDep, PageOf50
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.base import PathId, Printable
from api.schemas.vendor_products import (
    NewProduct,
    ProductChanges,
    StockRequest,
    VendorProductAnswer,
    present_stocked_product,
)
from db.queries import catalogue
from db.tables import Vendor
from domain.money import exact

router = vendor_router("products")
_NOT_FOUND = refused("`product_not_found`, also for another shop's product")
Search = Annotated[str, StringConstraints(max_length=200), Printable]


@router.get("/products", summary="List the shop's products")
async def list_products(
    request: Request,
    response: Response,
    user: CurrentVendorUser,
    page: PageOf50,
    database: DatabaseDep,
    search: Annotated[Search, Query(description="Words in title or SKU.")] = "",
    is_active: Annotated[bool | None, Query(description="Only those on sale, or only the others.")] = None,
) -> list[VendorProductAnswer]:
    """All products, on sale or not, newest first, with what is in stock and what is reserved."""
    async with database.reading(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        found = await catalogue.list_catalogue(
            session,
            search=search,
            is_active=is_active,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
            before_id=page.cursor.id if page.cursor else None,
        )
    shown = found[: page.limit]
    if len(found) > page.limit:
        last = shown[-1].product
        link_next(request, response, Cursor(created_at=last.created_at, id=last.id))
    return [present_stocked_product(stocked, vendor.currency) for stocked in shown]


@router.post(
    "/products",
    status_code=status.HTTP_201_CREATED,
    summary="Add a product",
    responses={409: refused("`sku_taken`")},
)
async def add_product(
    given: NewProduct, user: CurrentVendorUser, database: DatabaseDep
) -> VendorProductAnswer:
    """A new product with its first stock; 409 `sku_taken`."""
    async with database.vendor(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        exact(given.price, vendor.currency)
        stocked = await catalogue.add_product(session, vendor_id=vendor.id, **given.model_dump())
    return present_stocked_product(stocked, vendor.currency)


@router.put(
    "/products/{product_id}",
    summary="Change a product",
    responses={404: _NOT_FOUND, 409: refused("`sku_taken`")},
)
async def put_product(
    product_id: PathId, given: ProductChanges, user: CurrentVendorUser, database: DatabaseDep
) -> VendorProductAnswer:
    """Change what is given. Orders that were placed keep the product as it was; 409 `sku_taken`."""
    changes = given.given()
    async with database.vendor(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        if "price" in changes:
            exact(changes["price"], vendor.currency)
        stocked = await catalogue.change_product(session, product_id=product_id, changes=changes)
    return present_stocked_product(stocked, vendor.currency)


@router.put("/products/{product_id}/stock", summary="Set a product's stock", responses={404: _NOT_FOUND})
async def put_stock(
    product_id: PathId, given: StockRequest, user: CurrentVendorUser, database: DatabaseDep
) -> VendorProductAnswer:
    """How many pieces can be sold from now on; the difference is booked as a movement."""
    async with database.vendor(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        stocked = await catalogue.set_available(
            session,
            product_id=product_id,
            available_quantity=given.available_quantity,
            notes=given.notes or None,
        )
    return present_stocked_product(stocked, vendor.currency)
