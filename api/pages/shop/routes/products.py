"""The shop front and the pages of products."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.cursors import Cursor, write_cursor
from api.dependencies import DatabaseDep, PageOf20
from api.pages.pictures import draw_picture
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import ShopVisit, Visit
from api.routes.shop_products import Search
from api.schemas.base import PathId
from api.schemas.products import present_product
from db.queries import products
from domain.pricing import MAX_QUANTITY

router = page_router()


@router.get("")
@router.get("/products")
async def list_products(
    visit: ShopVisit, database: DatabaseDep, page: PageOf20, search: Search = ""
) -> HTMLResponse:
    """Products on sale, newest first, or those with every word of `search`."""
    words = search.strip()
    async with database.reading(visit.vendor.id) as session:
        found = await products.list_products(
            session,
            vendor_id=visit.vendor.id,
            search=words,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
            before_id=page.cursor.id if page.cursor else None,
        )
    shown = found[: page.limit]
    next_page = None
    if len(found) > page.limit:
        cursor = write_cursor(Cursor(created_at=shown[-1].created_at, id=shown[-1].id))
        query = {"search": words, "cursor": cursor} if words else {"cursor": cursor}
        next_page = f"{visit.path}/products?{urlencode(query)}"
    return visit.page(
        "shop/products.html",
        products=[present_product(product, visit.vendor) for product in shown],
        search=words,
        next_page=next_page,
    )


@router.get("/products/{product_id}")
async def show_product(
    product_id: PathId, visit: ShopVisit, added: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """One product, and a way to put it into the cart."""
    return await product_page(visit, product_id, added=added and visit.pieces > 0)


@router.get("/pictures/{product_id}.svg")
async def show_picture(vendor_id: PathId, product_id: PathId, database: DatabaseDep) -> Response:
    """The product's picture."""
    async with database.reading(vendor_id) as session:
        product = await products.get_product(session, vendor_id=vendor_id, product_id=product_id)
    picture = draw_picture(sku=product.sku, title=product.title)
    return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=3600"})


async def product_page(
    visit: Visit, product_id: int, *, added: bool = False, problem: str | None = None
) -> HTMLResponse:
    """The page of a product; 409 with a `problem`. Raises ProductNotFound."""
    async with visit.context.database.reading(visit.vendor.id) as session:
        found = await products.get_product(session, vendor_id=visit.vendor.id, product_id=product_id)
    return visit.page(
        "shop/product.html",
        status_code=409 if problem else 200,
        product=present_product(found, visit.vendor),
        max_quantity=MAX_QUANTITY,
        added=added,
        problem=problem,
    )
