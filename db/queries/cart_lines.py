"""The lines of a cart with their products as they are now."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class CartProduct:
    """A line of a cart with its product as it is now."""

    item_id: int
    product_id: int
    sku: str
    title: str
    image: str | None
    unit_price: Decimal
    quantity: int
    is_active: bool
    available_quantity: int

    @property
    def available(self) -> bool:
        """Whether the whole line could be ordered now."""
        return self.is_active and self.quantity <= self.available_quantity


def lines_of(cart: str) -> str:
    """The column that `read_lines` reads; `cart` is the caller's own SQL expression of the cart's id."""
    return f"""(
        SELECT jsonb_agg(jsonb_build_array(
            item.id, product.id, product.sku, product.title, product.featured_image, product.price::text,
            item.quantity, product.is_active, coalesce(stock.available_quantity, 0)
        ) ORDER BY item.id)
        FROM cart_items item
        JOIN products product ON product.id = item.product_id
        LEFT JOIN inventory stock ON stock.product_id = product.id
        WHERE item.cart_id = {cart}
    )"""  # noqa: S608 -- see above


def read_lines(stored: Sequence[Any] | None) -> list[CartProduct]:
    """The lines out of the column `lines_of`, in the order in which they were added."""
    return [
        CartProduct(item, product, sku, title, image, Decimal(price), quantity, is_active, available)
        for item, product, sku, title, image, price, quantity, is_active, available in stored or ()
    ]


_LINES = text(f"SELECT {lines_of(':cart_id')}").bindparams(bindparam("cart_id", type_=BigInteger))


async def cart_lines(session: AsyncSession, *, cart_id: int) -> list[CartProduct]:
    """The cart's lines in the order in which they were added."""
    return read_lines(await session.scalar(_LINES, {"cart_id": cart_id}))
