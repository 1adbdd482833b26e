"""One product of the vendor's: what it is, its stock, and how that moved."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.cursors import Cursor, write_cursor
from api.dependencies import DatabaseDep, PageOf20
from api.pages.desk.product_forms import new_request_key, read_correction, read_edited_product
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import Form, SentForm
from api.pages.wording import MOVEMENTS, STOCK_REASONS
from api.schemas.base import PathId
from api.schemas.vendor_products import VendorProductAnswer, present_stocked_product
from db.queries import catalogue, stock_corrections, stock_movements
from domain.errors import CorrectionInvalid, InvalidAmount, ProductChanged, SkuTaken, StockMoved, StockTooLow
from domain.orders import idempotency_key_ok
from domain.products import LOW_STOCK, price

router = desk_router()

Done: TypeAlias = Literal["", "added", "saved", "corrected"]
_EDITED = ("sku", "title", "description", "price", "is_active")


@router.get("/products/{product_id}")
async def show_product(
    product_id: PathId, visit: Staff, page: PageOf20, done: Annotated[Done, Query()] = ""
) -> HTMLResponse:
    """A product with its forms, and its movements, newest first."""
    return await _page(visit, product_id, done=done, cursor=page.cursor)


@router.post("/products/{product_id}")
async def save_product(form: SentForm, product_id: PathId, visit: Staff, database: DatabaseDep) -> Response:
    """Save what was edited, unless somebody else saved in the meantime: then both are shown."""
    given = read_edited_product(form)
    if given is None:
        return await _page(visit, product_id, form=form, status_code=422)
    changes = given.model_dump(exclude={"version"})
    try:
        price(given.price, visit.vendor.currency)
        async with database.vendor(visit.vendor.id) as session:
            await catalogue.change_product(
                session, product_id=product_id, changes=changes, version=given.version
            )
    except ProductChanged:
        return await _page(visit, product_id, form=form, edited=changes, status_code=409)
    except (InvalidAmount, SkuTaken) as refused:
        form.problems["price" if isinstance(refused, InvalidAmount) else "sku"] = visit.explain(refused)
        return await _page(visit, product_id, form=form, status_code=422)
    return visit.redirect(f"/products/{product_id}?done=saved")


@router.post("/products/{product_id}/stock")
async def correct_stock(form: SentForm, product_id: PathId, visit: Staff, database: DatabaseDep) -> Response:
    """Correct the stock, once however often the form is sent."""
    key = form.get("key")
    try:
        correction = read_correction(form)
        if correction is None:
            return await _page(visit, product_id, stock_form=form, status_code=422)
        async with database.vendor(visit.vendor.id) as session:
            await stock_corrections.correct_stock(
                session,
                product_id=product_id,
                correction=correction,
                actor_id=visit.user.id,
                request_key=key if idempotency_key_ok(key) else None,
            )
    except (StockMoved, StockTooLow) as refused:
        problem = visit.explain(refused)
        return await _page(visit, product_id, stock_form=form, stock_problem=problem, status_code=409)
    except CorrectionInvalid as refused:
        form.problems["notes" if "reason" in refused.fields else "pieces"] = visit.explain(refused)
        return await _page(visit, product_id, stock_form=form, status_code=422)
    return visit.redirect(f"/products/{product_id}?done=corrected")


async def _page(
    visit: StaffVisit,
    product_id: int,
    *,
    form: Form | None = None,
    edited: Mapping[str, Any] | None = None,
    stock_form: Form | None = None,
    stock_problem: str | None = None,
    done: Done = "",
    cursor: Cursor | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    """The page; `edited` is what somebody wanted while another one changed it. Raises ProductNotFound."""
    async with visit.context.database.reading(visit.vendor.id) as session:
        stocked = await catalogue.get_stocked_product(session, product_id=product_id)
        found = await stock_movements.list_movements(
            session, product_id=product_id, limit=21, before_id=cursor.id if cursor else None
        )
    product = present_stocked_product(stocked, visit.vendor.currency)
    movements, next_page = found[:20], None
    if len(found) > len(movements):
        last = Cursor(created_at=movements[-1].created_at, id=movements[-1].id)
        next_page = f"{visit.path}/products/{product_id}?{urlencode({'cursor': write_cursor(last)})}"
    return visit.page(
        "desk/products/product.html",
        status_code=status_code,
        product=product,
        form=_again(form, product, typed_over=edited is not None),
        theirs=_theirs(product, edited),
        stock_form=stock_form or Form({"how": "set"}),
        stock_problem=stock_problem,
        request_key=new_request_key(),
        movements=movements,
        movement_words=MOVEMENTS,
        reasons=STOCK_REASONS,
        low_stock=LOW_STOCK,
        next_page=next_page,
        is_first_page=cursor is None,
        done=done,
    )


def _again(form: Form | None, product: VendorProductAnswer, *, typed_over: bool) -> Form:
    """The form as it was typed, else as the product is.

    What was typed over another's changes may be sent again: they are shown beside it.
    """
    version = product.updated_at.isoformat()
    if form is None:
        values = {
            "sku": product.sku,
            "title": product.title,
            "description": product.description,
            "price": f"{product.price:.2f}",
            "version": version,
        }
        return Form(values | ({"is_active": "on"} if product.is_active else {}))
    if typed_over:
        form.values["version"] = version
    return form


def _theirs(product: VendorProductAnswer, edited: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the product now has other than what was typed, by field."""
    if edited is None:
        return {}
    present = {name: getattr(product, name) for name in _EDITED}
    return {name: value for name, value in present.items() if value != edited[name]}
