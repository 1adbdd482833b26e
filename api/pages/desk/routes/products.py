"""The vendor's products: the table, a new one, and their pictures."""

from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.cursors import Cursor, write_cursor
from api.dependencies import DatabaseDep, PageOf50
from api.pages.desk.product_forms import read_new_product
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import Form, SentForm
from api.pages.pictures import draw_picture
from api.routes.vendor_products import Search
from api.schemas.base import PathId
from api.schemas.vendor_products import present_stocked_product
from db.queries import catalogue
from domain.errors import InvalidAmount, SkuTaken
from domain.products import LOW_STOCK

router = desk_router()

Shown: TypeAlias = Literal["", "active", "inactive", "low", "sold_out"]


@router.get("/products")
async def list_products(
    visit: Staff,
    database: DatabaseDep,
    page: PageOf50,
    search: Search = "",
    show: Annotated[Shown, Query()] = "",
) -> HTMLResponse:
    """Every product, newest first, or those with every word of `search`, as far as `show` leaves them."""
    words = search.strip()
    async with database.reading(visit.vendor.id) as session:
        found = await catalogue.list_catalogue(
            session,
            search=words,
            is_active={"active": True, "inactive": False}.get(show),
            supply=show if show in {"low", "sold_out"} else None,
            limit=page.limit + 1,
            before_id=page.cursor.id if page.cursor else None,
        )
    shown = found[: page.limit]
    kept = {name: value for name, value in (("search", words), ("show", show)) if value}
    next_page = None
    if len(found) > page.limit:
        last = shown[-1].product
        cursor = write_cursor(Cursor(created_at=last.created_at, id=last.id))
        next_page = f"{visit.path}/products?{urlencode({**kept, 'cursor': cursor})}"
    return visit.page(
        "desk/products/list.html",
        products=[present_stocked_product(stocked, visit.vendor.currency) for stocked in shown],
        search=words,
        show=show,
        low_stock=LOW_STOCK,
        next_page=next_page,
        is_first_page=page.cursor is None,
    )


@router.get("/products/new")
async def show_new_product(visit: Staff) -> HTMLResponse:
    """The form for a new product."""
    return _new_page(visit, Form({"is_active": "on"}))


@router.post("/products/new")
async def add_product(form: SentForm, visit: Staff, database: DatabaseDep) -> Response:
    """Add a product and lead to it."""
    given = read_new_product(form)
    if given is None:
        return _new_page(visit, form, status_code=422)
    try:
        async with database.vendor(visit.vendor.id) as session:
            stocked = await catalogue.add_product(
                session,
                vendor_id=visit.vendor.id,
                actor_id=visit.user.id,
                **given.in_currency(visit.vendor.currency).model_dump(),
            )
    except (InvalidAmount, SkuTaken) as refused:
        form.problems["price" if isinstance(refused, InvalidAmount) else "sku"] = visit.explain(refused)
        return _new_page(visit, form, status_code=422)
    return visit.redirect(f"/products/{stocked.product.id}?done=added")


@router.get("/pictures/{product_id}.svg")
async def show_picture(product_id: PathId, visit: Staff, database: DatabaseDep) -> Response:
    """The product's picture, on sale or not."""
    async with database.reading(visit.vendor.id) as session:
        product = (await catalogue.get_stocked_product(session, product_id=product_id)).product
    picture = draw_picture(sku=product.sku, title=product.title)
    return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


def _new_page(visit: StaffVisit, form: Form, *, status_code: int = 200) -> HTMLResponse:
    return visit.page("desk/products/new.html", status_code=status_code, form=form)
