"""The plain service's database: made before its process starts, and filled with Orion's own shops."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.plain import tables as plain
from bench.shops import LINES, Basket
from bench.stock import StockWrong
from db import tables as orion
from db.queries.tax_rates import rate_on
from db.session import Database
from domain.errors import CountryNotSupported

DATABASE = "plain"
_SNAPSHOT = ("first_name", "last_name", "address_line1", "city", "postal_code", "country")
_WRONG = text("""
    SELECT i.product_id
    FROM inventory i
    JOIN (
        SELECT product_id, sum(available_change) AS available, sum(reserved_change) AS reserved,
               sum(available_change) FILTER (WHERE type = 'initial') AS first_quantity
        FROM inventory_movements GROUP BY product_id
    ) b USING (product_id)
    LEFT JOIN (SELECT product_id, sum(quantity) AS pieces FROM order_items GROUP BY product_id) s
        USING (product_id)
    WHERE (i.available, i.reserved) <> (b.available, b.reserved)
       OR i.available <> b.first_quantity - coalesce(s.pieces, 0)
    ORDER BY i.product_id
""")


async def create_database(superuser_url: str) -> None:
    """Make an empty database beside Orion's."""
    engine = create_async_engine(superuser_url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {DATABASE}"))
    finally:
        await engine.dispose()


class PlainShops:
    """The same shops, products and shoppers as Orion's, under the same ids: the same baskets fit both."""

    def __init__(self, database_url: str) -> None:
        self._engine = create_async_engine(database_url, pool_size=2)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    async def open(self, database: Database) -> None:
        """Make the tables, and copy what Orion's database has to sell and to whom."""
        async with self._engine.begin() as connection:
            await connection.run_sync(plain.Base.metadata.create_all)
        async with database.platform() as source, self._sessions.begin() as session:
            await _copy(source, session)

    async def fill(self, baskets: Sequence[Basket]) -> None:
        """Put each basket's products into a cart, as calls to do so would leave it."""
        async with self._sessions.begin() as session:
            carts = [
                plain.Cart(
                    vendor_id=basket.shopper.vendor_id,
                    session_id=basket.session_id,
                    customer_id=basket.shopper.customer_id,
                    version=1 + LINES,
                )
                for basket in baskets
            ]
            session.add_all(carts)
            await session.flush()
            for cart, basket in zip(carts, baskets, strict=True):
                session.add_all(
                    plain.CartItem(cart_id=cart.id, product_id=product_id, quantity=1)
                    for product_id in basket.product_ids
                )

    async def check_stock(self) -> None:
        """Compare all counters with what was sold and with their movements. Raises StockWrong."""
        async with self._sessions() as session:
            wrong = (await session.scalars(_WRONG)).all()
        if wrong:
            raise StockWrong(f"plain: the stock of the products {wrong} is wrong")

    async def close(self) -> None:
        """Give all connections back."""
        await self._engine.dispose()


async def _copy(source: AsyncSession, session: AsyncSession) -> None:
    prices = await source.execute(select(orion.ShippingMethod.vendor_id, orion.ShippingMethod.price))
    shipping = {row.vendor_id: row.price for row in prices}
    for vendor in await source.scalars(select(orion.Vendor)):
        rate = await _rate(source, vendor.country)
        session.add(
            plain.Vendor(
                id=vendor.id,
                prefix=vendor.order_number_prefix,
                currency=vendor.currency,
                shipping_price=shipping[vendor.id],
                tax_rate=rate,
            )
        )
    await session.flush()
    products = (await source.scalars(select(orion.Product))).all()
    session.add_all(
        plain.Product(id=row.id, vendor_id=row.vendor_id, sku=row.sku, title=row.title, price=row.price)
        for row in products
    )
    await session.flush()
    pieces = await source.execute(select(orion.Inventory.product_id, orion.Inventory.available_quantity))
    for product_id, quantity in pieces:
        session.add(plain.Inventory(product_id=product_id, available=quantity))
        session.add(
            plain.InventoryMovement(
                product_id=product_id, type="initial", available_change=quantity, reserved_change=0
            )
        )
    for address in await source.scalars(select(orion.CustomerAddress)):
        content = {name: getattr(address, name) for name in _SNAPSHOT}
        session.add(plain.Address(id=address.id, customer_id=address.customer_id, content=content))


async def _rate(source: AsyncSession, country: str) -> Decimal:
    rate = await rate_on(source, country=country, on=datetime.now(UTC).date())
    if rate is None:
        raise CountryNotSupported(f"There is no tax rate for {country}.")
    return rate
