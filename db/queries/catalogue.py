"""A vendor's catalogue as its people keep it: products on sale or not, and their stock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Inventory, InventoryMovement, Product
from domain.errors import ProductChanged, ProductNotFound, SkuTaken
from domain.products import LOW_STOCK

MAX_SEARCH_WORDS = 10

Supply: TypeAlias = Literal["low", "sold_out"]


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
    supply: Supply | None = None,
    skip: int = 0,
    limit: int = 50,
    before_id: int | None = None,
) -> list[StockedProduct]:
    """The session's vendor's products, newest first, with every word of `search` in title or SKU.

    `supply` leaves those that are low or sold out, of what is on sale.
    """
    words = search.split()[:MAX_SEARCH_WORDS]
    statement = _stocked().where(*map(_has_word, words))
    if is_active is not None:
        statement = statement.where(Product.is_active == is_active)
    if supply is not None:
        statement = statement.where(Product.is_active, _supplied(supply))
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
    session: AsyncSession,
    *,
    vendor_id: int,
    available_quantity: int,
    actor_id: int | None = None,
    **values: object,
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
    session.add(
        InventoryMovement(
            vendor_id=vendor_id,
            product_id=product.id,
            movement_type="initial",
            available_change=available_quantity,
            reserved_change=0,
            actor_id=actor_id,
        )
    )
    return StockedProduct(product, available_quantity, 0)


async def change_product(
    session: AsyncSession,
    *,
    product_id: int,
    changes: Mapping[str, Any],
    version: datetime | None = None,
) -> StockedProduct:
    """A product with some of its columns changed; placed orders keep their copies.

    `version` is the `updated_at` of the product that the changes were made to. Raises ProductNotFound,
    SkuTaken, and ProductChanged where somebody else changed it since.
    """
    product = await _lock_product(session, product_id)
    if version is not None and product.updated_at != version:
        raise ProductChanged("Somebody changed this product in the meantime; nothing of yours was kept.")
    try:
        async with session.begin_nested():
            for name, value in changes.items():
                setattr(product, name, value)
    except IntegrityError:
        raise _sku_taken(changes["sku"]) from None
    await session.refresh(product)
    return await get_stocked_product(session, product_id=product_id)


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


def _supplied(supply: Supply) -> ColumnElement[bool]:
    available = func.coalesce(Inventory.available_quantity, 0)
    return available == 0 if supply == "sold_out" else available.between(1, LOW_STOCK)


def _missing() -> ProductNotFound:
    return ProductNotFound("There is no such product.")


def _sku_taken(sku: object) -> SkuTaken:
    return SkuTaken("Another product has this SKU.", sku=str(sku))
