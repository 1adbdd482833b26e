"""A vendor's catalogue as its people keep it: products on sale or not, and their stock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Inventory, InventoryMovement, Product
from domain.errors import ProductNotFound, SkuTaken

MAX_SEARCH_WORDS = 10


@dataclass(frozen=True)
class StockedProduct:
    """A product with its counters; reserved pieces are held for orders not yet shipped."""

    product: Product
    available_quantity: int
    reserved_quantity: int


async def list_catalogue(
    session: AsyncSession,
    *,
    search: str = "",
    is_active: bool | None = None,
    skip: int = 0,
    limit: int = 50,
    before_id: int | None = None,
) -> list[StockedProduct]:
    """The session's vendor's products, newest first, with every word of `search` in title or SKU."""
    words = search.split()[:MAX_SEARCH_WORDS]
    statement = _stocked().where(*map(_has_word, words))
    if is_active is not None:
        statement = statement.where(Product.is_active == is_active)
    if before_id is not None:
        statement = statement.where(Product.id < before_id)
    statement = statement.order_by(Product.id.desc()).offset(skip).limit(limit)
    return [StockedProduct(*row) for row in await session.execute(statement)]


async def get_stocked_product(session: AsyncSession, *, product_id: int) -> StockedProduct:
    """A product of the session's vendor. Raises ProductNotFound."""
    row = (await session.execute(_stocked().where(Product.id == product_id))).one_or_none()
    if row is None:
        raise _missing()
    return StockedProduct(*row)


async def add_product(
    session: AsyncSession, *, vendor_id: int, available_quantity: int, **values: object
) -> StockedProduct:
    """A new product and its first stock. Raises SkuTaken."""
    statement = (
        insert(Product)
        .values(vendor_id=vendor_id, **values)
        .on_conflict_do_nothing(index_elements=[Product.vendor_id, Product.sku])
        .returning(Product)
    )
    product = await session.scalar(statement)
    if product is None:
        raise _sku_taken(values["sku"])
    session.add(Inventory(product_id=product.id, vendor_id=vendor_id, available_quantity=available_quantity))
    session.add(_movement(product, "initial", available_quantity, None))
    return StockedProduct(product, available_quantity, 0)


async def change_product(
    session: AsyncSession, *, product_id: int, changes: Mapping[str, Any]
) -> StockedProduct:
    """A product with some of its columns changed; placed orders keep their copies.

    Raises ProductNotFound, SkuTaken.
    """
    product = await _lock_product(session, product_id)
    try:
        async with session.begin_nested():
            for name, value in changes.items():
                setattr(product, name, value)
    except IntegrityError:
        raise _sku_taken(changes["sku"]) from None
    await session.refresh(product)
    return await get_stocked_product(session, product_id=product_id)


async def set_available(
    session: AsyncSession, *, product_id: int, available_quantity: int, notes: str | None
) -> StockedProduct:
    """Set how many pieces can be sold, with a movement for the difference. Raises ProductNotFound."""
    product = await session.get(Product, product_id)
    if product is None:
        raise _missing()
    statement = select(Inventory).where(Inventory.product_id == product_id).with_for_update()
    stock = (await session.scalars(statement)).one()
    difference = available_quantity - stock.available_quantity
    if difference:
        stock.available_quantity = available_quantity
        session.add(_movement(product, "adjusted", difference, notes))
    return StockedProduct(product, available_quantity, stock.reserved_quantity)


async def _lock_product(session: AsyncSession, product_id: int) -> Product:
    statement = select(Product).where(Product.id == product_id).with_for_update()
    product = await session.scalar(statement)
    if product is None:
        raise _missing()
    return product


def _stocked() -> Select[Product, int, int]:
    return select(
        Product,
        func.coalesce(Inventory.available_quantity, 0),
        func.coalesce(Inventory.reserved_quantity, 0),
    ).outerjoin(Inventory, Inventory.product_id == Product.id)


def _has_word(word: str) -> ColumnElement[bool]:
    return or_(Product.title.icontains(word, autoescape=True), Product.sku.icontains(word, autoescape=True))


def _movement(product: Product, kind: str, available: int, notes: str | None) -> InventoryMovement:
    return InventoryMovement(
        vendor_id=product.vendor_id,
        product_id=product.id,
        movement_type=kind,
        available_change=available,
        reserved_change=0,
        notes=notes,
    )


def _missing() -> ProductNotFound:
    return ProductNotFound("There is no such product.")


def _sku_taken(sku: object) -> SkuTaken:
    return SkuTaken("Another product has this SKU.", sku=str(sku))
