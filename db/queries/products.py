"""Products as shoppers see them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Inventory, Product
from domain.errors import ProductNotFound

MAX_SEARCH_WORDS = 10


@dataclass(frozen=True)
class ShopProduct:
    """A product on sale; the price is in the vendor's currency."""

    id: int
    sku: str
    title: str
    description: str
    price: Decimal
    featured_image: str | None
    is_active: bool
    created_at: datetime
    available_quantity: int


_AVAILABLE = func.coalesce(Inventory.available_quantity, 0)


def _products(vendor_id: int) -> Select[int, str, str, str, Decimal, str | None, bool, datetime, int]:
    return (
        select(
            Product.id,
            Product.sku,
            Product.title,
            Product.description,
            Product.price,
            Product.featured_image,
            Product.is_active,
            Product.created_at,
            _AVAILABLE,
        )
        .outerjoin(Inventory, Inventory.product_id == Product.id)
        .where(Product.vendor_id == vendor_id)
    )


def _has_word(word: str) -> ColumnElement[bool]:
    return or_(Product.title.icontains(word, autoescape=True), Product.sku.icontains(word, autoescape=True))


async def list_products(
    session: AsyncSession,
    *,
    vendor_id: int,
    search: str = "",
    skip: int = 0,
    limit: int = 20,
    before_id: int | None = None,
) -> list[ShopProduct]:
    """Products on sale, newest first, that have every word of `search` in their title or SKU."""
    words = search.split()[:MAX_SEARCH_WORDS]
    statement = _products(vendor_id).where(Product.is_active, *map(_has_word, words))
    if before_id is not None:
        statement = statement.where(Product.id < before_id)
    statement = statement.order_by(Product.id.desc()).offset(skip).limit(limit)
    return [ShopProduct(*row) for row in await session.execute(statement)]


async def get_product(session: AsyncSession, *, vendor_id: int, product_id: int) -> ShopProduct:
    """A product, on sale or not any more. Raises ProductNotFound."""
    row = (await session.execute(_products(vendor_id).where(Product.id == product_id))).one_or_none()
    if row is None:
        raise ProductNotFound("There is no such product.")
    return ShopProduct(*row)
