"""Carts: what is put in, and what is shown."""

from collections.abc import Sequence
from decimal import Decimal

from api.amounts import Amount
from api.schemas.base import AnswerModel, GivenId, Quantity, RequestModel
from db.queries.cart_lines import CartProduct
from db.tables import Cart


class NewCartItem(RequestModel):
    """Pieces of a product to put in the cart."""

    product_id: GivenId
    quantity: Quantity


class CartItemQuantity(RequestModel):
    """How many pieces are wanted."""

    quantity: Quantity


class CartItemAnswer(AnswerModel):
    """A line, at the product's present price; `available` when all of it could be ordered now."""

    id: int
    product_id: int
    product_sku: str
    product_title: str
    product_image: str | None
    quantity: int
    unit_price: Amount
    line_total: Amount
    available: bool


class CartAnswer(AnswerModel):
    """A cart; one in which nothing was ever put has no id and version 0."""

    id: int | None
    session_id: str
    version: int
    currency: str
    subtotal: Amount
    items: list[CartItemAnswer]


def present_cart(
    session_id: str, cart: Cart | None, lines: Sequence[CartProduct], *, currency: str
) -> CartAnswer:
    """The cart of a session, which may have none yet."""
    items = [
        CartItemAnswer(
            id=line.item_id,
            product_id=line.product_id,
            product_sku=line.sku,
            product_title=line.title,
            product_image=line.image,
            quantity=line.quantity,
            unit_price=line.unit_price,
            line_total=line.unit_price * line.quantity,
            available=line.available,
        )
        for line in lines
    ]
    return CartAnswer(
        id=cart.id if cart else None,
        session_id=session_id,
        version=cart.version if cart else 0,
        currency=currency,
        subtotal=sum((item.line_total for item in items), Decimal(0)),
        items=items,
    )
