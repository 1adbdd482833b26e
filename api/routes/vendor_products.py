"""A vendor's products and their stock."""

from typing import Annotated

from fastapi import Query, Request, Response, status
from pydantic import StringConstraints

from api.callers import CurrentVendorUser
from api.cursors import Cursor, link_next
from api.dependencies import DatabaseDep, PageOf50
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.base import PathId, Printable
from api.schemas.vendor_products import (
    NewProduct,
    ProductChanges,
    VendorProductAnswer,
    present_stocked_product,
)
from db.queries import catalogue
from db.queries.catalogue import Supply
from db.tables import Vendor
from domain.products import price

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
    supply: Annotated[
        Supply | None, Query(description="Only those on sale that are low or sold out.")
    ] = None,
) -> list[VendorProductAnswer]:
    """All products, on sale or not, newest first, with what is in stock and what is reserved."""
    async with database.reading(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        found = await catalogue.list_catalogue(
            session,
            search=search,
            is_active=is_active,
            supply=supply,
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
        price(given.price, vendor.currency)
        stocked = await catalogue.add_product(
            session, vendor_id=vendor.id, actor_id=user.id, **given.model_dump()
        )
    return present_stocked_product(stocked, vendor.currency)


@router.get("/products/{product_id}", summary="Get a product", responses={404: _NOT_FOUND})
async def get_product(
    product_id: PathId, user: CurrentVendorUser, database: DatabaseDep
) -> VendorProductAnswer:
    """A product with its stock, on sale or not."""
    async with database.reading(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        stocked = await catalogue.get_stocked_product(session, product_id=product_id)
    return present_stocked_product(stocked, vendor.currency)


@router.put(
    "/products/{product_id}",
    summary="Change a product",
    responses={404: _NOT_FOUND, 409: refused("`sku_taken`, `product_changed`")},
)
async def put_product(
    product_id: PathId, given: ProductChanges, user: CurrentVendorUser, database: DatabaseDep
) -> VendorProductAnswer:
    """Change what is given. Orders that were placed keep the product as it was."""
    changes = given.given()
    async with database.vendor(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        if "price" in changes:
            price(changes["price"], vendor.currency)
        stocked = await catalogue.change_product(
            session, product_id=product_id, changes=changes, version=given.expected_updated_at
        )
    return present_stocked_product(stocked, vendor.currency)
