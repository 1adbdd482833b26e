"""The cart's page, and what can be done with it."""

from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import DatabaseDep
from api.pages.forms import Form, SentForm, from_our_page
from api.pages.shop.routes.products import product_page
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import ShopVisit, Visit
from api.schemas.base import PathId
from api.schemas.carts import present_cart
from db.queries import cart_filling, carts
from db.queries.cart_lines import CartProduct, cart_lines
from db.queries.orders import newest_unpaid
from db.tables import Cart
from domain.errors import CartItemNotFound, CartNotFound, DomainError, InvalidAmount
from domain.pricing import MAX_QUANTITY

router = page_router()


@router.get("/cart")
async def show_cart(visit: ShopVisit) -> HTMLResponse:
    """What is in the cart, and what of it is not available any more."""
    return await cart_page(visit)


@router.post("/cart/items")
async def add_item(form: SentForm, visit: ShopVisit, database: DatabaseDep) -> Response:
    """Put a product in; the product's page says so, or why not."""
    product_id = _number(form, "product_id")
    try:
        quantity = _quantity(form)
        async with database.direct(visit.vendor.id) as direct:
            await cart_filling.add_item(
                direct,
                vendor_id=visit.vendor.id,
                session_id=visit.session_id,
                customer_id=visit.customer_id,
                product_id=product_id,
                quantity=quantity,
            )
    except DomainError as refused:
        return await product_page(visit, product_id, problem=visit.explain(refused))
    return visit.redirect(f"/products/{product_id}?added=true")


@router.post("/cart/items/{item_id}")
async def set_quantity(item_id: PathId, form: SentForm, visit: ShopVisit, database: DatabaseDep) -> Response:
    """Change how many pieces are wanted."""
    try:
        quantity = _quantity(form)
        async with database.vendor(visit.vendor.id) as session:
            await carts.set_quantity(
                session,
                vendor_id=visit.vendor.id,
                session_id=visit.session_id,
                customer_id=visit.customer_id,
                item_id=item_id,
                quantity=quantity,
            )
    except DomainError as refused:
        return await cart_page(visit, problem=visit.explain(refused))
    return visit.redirect("/cart")


@router.post("/cart/items/{item_id}/remove", dependencies=[from_our_page])
async def remove_item(item_id: PathId, visit: ShopVisit, database: DatabaseDep) -> Response:
    """Take a line out; one that is out already, by a second click or in another tab, stays out."""
    try:
        async with database.vendor(visit.vendor.id) as session:
            await carts.remove_item(
                session,
                vendor_id=visit.vendor.id,
                session_id=visit.session_id,
                customer_id=visit.customer_id,
                item_id=item_id,
            )
    except (CartItemNotFound, CartNotFound):
        pass
    return visit.redirect("/cart")


async def cart_page(visit: Visit, *, problem: str | None = None) -> HTMLResponse:
    """The cart's page; 409 with a `problem`."""
    async with visit.context.database.vendor(visit.vendor.id) as session:
        cart, lines = await read_cart(session, visit)
        unpaid = await newest_unpaid(session, customer_id=visit.customer.id) if visit.customer else None
    return visit.page(
        "shop/cart.html",
        status_code=409 if problem else 200,
        cart=present_cart(visit.session_id, cart, lines, currency=visit.vendor.currency),
        available={line.product_id: line.available_quantity if line.is_active else 0 for line in lines},
        can_check_out=all(line.available for line in lines),
        max_quantity=MAX_QUANTITY,
        problem=problem,
        unpaid=unpaid,
    )


async def read_cart(session: AsyncSession, visit: Visit) -> tuple[Cart | None, list[CartProduct]]:
    """The visitor's cart and its lines."""
    cart = await carts.find_cart(
        session,
        vendor_id=visit.vendor.id,
        session_id=visit.session_id,
        customer_id=visit.customer_id,
    )
    return cart, await cart_lines(session, cart_id=cart.id) if cart else []


def _quantity(form: Form) -> int:
    """The pieces that are wanted. Raises InvalidAmount."""
    quantity = _number(form, "quantity")
    if not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidAmount(f"A quantity is between 1 and {MAX_QUANTITY}.", quantity=quantity)
    return quantity


def _number(form: Form, name: str) -> int:
    """A whole number from a form; 0, which no row has, where it is none."""
    text = form.get(name)
    return int(text) if text.isdecimal() and len(text) < 19 else 0
