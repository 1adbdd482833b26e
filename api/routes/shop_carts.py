"""Carts: for whoever holds the session id, until a customer makes one theirs."""

from typing import Annotated

from fastapi import Path
from sqlalchemy.ext.asyncio import AsyncSession

from api.callers import Visitor
from api.dependencies import DatabaseDep
from api.routes.shop import shop_router
from api.schemas.base import PathId
from api.schemas.carts import CartAnswer, CartItemQuantity, NewCartItem, present_cart
from db.queries import cart_filling, carts, vendors
from db.queries.cart_lines import cart_lines
from db.tables import Cart

router = shop_router("cart")
PathSessionId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$", description="Made by the client, and kept secret.")
]


@router.get("/cart/{session_id}")
async def get_cart(
    vendor_id: PathId, session_id: PathSessionId, visitor: Visitor, database: DatabaseDep
) -> CartAnswer:
    """The cart of a session, empty for one that is not known. The first customer to read it owns it."""
    async with database.vendor(vendor_id) as session:
        cart = await carts.find_cart(
            session,
            vendor_id=vendor_id,
            session_id=session_id,
            customer_id=visitor.id if visitor else None,
        )
        return await _answer(session, vendor_id, session_id, cart)


@router.post("/cart/{session_id}/items")
async def add_item(
    vendor_id: PathId,
    session_id: PathSessionId,
    given: NewCartItem,
    visitor: Visitor,
    database: DatabaseDep,
) -> CartAnswer:
    """Put a product in the cart; one that is in it already gets more pieces."""
    async with database.direct(vendor_id) as direct:
        filled = await cart_filling.add_item(
            direct,
            vendor_id=vendor_id,
            session_id=session_id,
            customer_id=visitor.id if visitor else None,
            product_id=given.product_id,
            quantity=given.quantity,
        )
    return present_cart(session_id, filled.cart, filled.lines, currency=filled.currency)


@router.put("/cart/{session_id}/items/{item_id}")
async def set_quantity(
    vendor_id: PathId,
    session_id: PathSessionId,
    item_id: PathId,
    given: CartItemQuantity,
    visitor: Visitor,
    database: DatabaseDep,
) -> CartAnswer:
    """Change how many pieces of a line are wanted."""
    async with database.vendor(vendor_id) as session:
        cart = await carts.set_quantity(
            session,
            vendor_id=vendor_id,
            session_id=session_id,
            customer_id=visitor.id if visitor else None,
            item_id=item_id,
            quantity=given.quantity,
        )
        return await _answer(session, vendor_id, session_id, cart)


@router.delete("/cart/{session_id}/items/{item_id}")
async def remove_item(
    vendor_id: PathId,
    session_id: PathSessionId,
    item_id: PathId,
    visitor: Visitor,
    database: DatabaseDep,
) -> CartAnswer:
    """Take a line out of the cart."""
    async with database.vendor(vendor_id) as session:
        cart = await carts.remove_item(
            session,
            vendor_id=vendor_id,
            session_id=session_id,
            customer_id=visitor.id if visitor else None,
            item_id=item_id,
        )
        return await _answer(session, vendor_id, session_id, cart)


async def _answer(session: AsyncSession, vendor_id: int, session_id: str, cart: Cart | None) -> CartAnswer:
    vendor = await vendors.get_open_vendor(session, vendor_id=vendor_id)
    lines = await cart_lines(session, cart_id=cart.id) if cart else []
    return present_cart(session_id, cart, lines, currency=vendor.currency)
