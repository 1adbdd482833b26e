"""The shop's catalogue, for anyone."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from api.cursors import Cursor, link_next
from api.dependencies import DatabaseDep, PageOf20
from api.routes.shop import shop_router
from api.schemas.base import PathId, Printable
from api.schemas.products import ProductAnswer, present_product
from db.queries import products, vendors

router = shop_router("products")
Search = Annotated[str, StringConstraints(max_length=200), Printable, Query()]


@router.get("/products")
async def list_products(
    request: Request,
    response: Response,
    vendor_id: PathId,
    database: DatabaseDep,
    page: PageOf20,
    search: Search = "",
) -> list[ProductAnswer]:
    """Products on sale, newest first; `search` finds words in title and SKU."""
    async with database.reading(vendor_id) as session:
        vendor = await vendors.get_open_vendor(session, vendor_id=vendor_id)
        found = await products.list_products(
            session,
            vendor_id=vendor_id,
            search=search,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
            before_id=page.cursor.id if page.cursor else None,
        )
    shown = found[: page.limit]
    if len(found) > page.limit:
        link_next(request, response, Cursor(created_at=shown[-1].created_at, id=shown[-1].id))
    return [present_product(product, vendor) for product in shown]


@router.get("/products/{product_id}")
async def get_product(vendor_id: PathId, product_id: PathId, database: DatabaseDep) -> ProductAnswer:
    """One product. One that is not on sale any more is shown as sold out, since old links lead to it."""
    async with database.reading(vendor_id) as session:
        vendor = await vendors.get_open_vendor(session, vendor_id=vendor_id)
        product = await products.get_product(session, vendor_id=vendor_id, product_id=product_id)
    return present_product(product, vendor)
