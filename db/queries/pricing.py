"""Pricing a cart from what is stored: its lines, the vendor's shipping rates and the country's tax rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import CartItem, Inventory, Product, ShippingMethod, TaxRateRow, Vendor
from domain.errors import (
    CartEmpty,
    CountryNotSupported,
    InsufficientStock,
    ProductUnavailable,
    ShippingMethodUnknown,
)
from domain.pricing import CartLine, PricedOrder, PricingPolicy, ShippingRate, price_order
from domain.tax import normalise_country


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


@dataclass(frozen=True)
class Terms:
    """What a sale to a country costs beside the goods; `tax_rate` is None where nothing is sold."""

    tax_rate: Decimal | None
    shipping_rates: tuple[ShippingRate, ...]


async def cart_lines(session: AsyncSession, *, cart_id: int) -> list[CartProduct]:
    """The cart's lines in the order in which they were added."""
    statement = (
        select(
            CartItem.id,
            Product.id,
            Product.sku,
            Product.title,
            Product.featured_image,
            Product.price,
            CartItem.quantity,
            Product.is_active,
            func.coalesce(Inventory.available_quantity, 0),
        )
        .join(Product, CartItem.product_id == Product.id)
        .outerjoin(Inventory, Inventory.product_id == Product.id)
        .where(CartItem.cart_id == cart_id)
        .order_by(CartItem.id)
    )
    return [CartProduct(*row) for row in await session.execute(statement)]


async def find_terms(session: AsyncSession, *, vendor_id: int, country: str, on: date) -> Terms:
    """The vendor's active shipping rates, and the tax rate of the country on that day."""
    in_force = (
        select(TaxRateRow.rate)
        .where(TaxRateRow.country == normalise_country(country), TaxRateRow.valid_from <= on)
        .order_by(TaxRateRow.valid_from.desc())
        .limit(1)
    )
    # The tax rate is a row of its own, so that it is known even where the vendor ships nothing.
    tax = select(in_force.scalar_subquery().label("rate")).subquery()
    own = and_(ShippingMethod.vendor_id == vendor_id, ShippingMethod.is_active)
    statement = (
        select(tax.c.rate, ShippingMethod.code, ShippingMethod.name, ShippingMethod.price)
        .select_from(tax)
        .outerjoin(ShippingMethod, and_(true(), own))
        .order_by(ShippingMethod.position, ShippingMethod.code)
    )
    rows = (await session.execute(statement)).all()
    rates = (ShippingRate(row.code, row.name, row.price) for row in rows if row.code is not None)
    return Terms(tax_rate=rows[0].rate, shipping_rates=tuple(rates))


def check_products(lines: Sequence[CartProduct]) -> None:
    """Raise CartEmpty without lines, ProductUnavailable for one that is not sold any more."""
    if not lines:
        raise CartEmpty("There is nothing in the cart.")
    for line in lines:
        if not line.is_active:
            raise ProductUnavailable(
                f"{line.title} is not sold any more.",
                product_id=line.product_id,
                sku=line.sku,
                title=line.title,
            )


def check_stock(lines: Sequence[CartProduct]) -> None:
    """Raise InsufficientStock for the first line of which there is too little."""
    for line in lines:
        if line.quantity > line.available_quantity:
            raise InsufficientStock(
                f"Only {line.available_quantity} of {line.title} left.",
                product_id=line.product_id,
                sku=line.sku,
                title=line.title,
                requested=line.quantity,
                available_quantity=line.available_quantity,
            )


def price_lines(
    lines: Sequence[CartProduct], terms: Terms, *, vendor: Vendor, country: str, shipping_method: str
) -> PricedOrder:
    """The order that these lines make. Raises CountryNotSupported and ShippingMethodUnknown."""
    if terms.tax_rate is None:
        raise CountryNotSupported(f"Nothing is sold to {country}.", country=country)
    shipping = {rate.code: rate for rate in terms.shipping_rates}
    if shipping_method not in shipping:
        raise ShippingMethodUnknown(
            "The shop does not ship this way.",
            shipping_method=shipping_method,
            shipping_methods=list(shipping),
        )
    return price_order(
        [
            CartLine(line.product_id, line.sku, line.title, line.image, line.unit_price, line.quantity)
            for line in lines
        ],
        shipping[shipping_method],
        terms.tax_rate,
        PricingPolicy(
            currency=vendor.currency,
            prices_include_tax=vendor.prices_include_tax,
            tax_shipping=vendor.tax_shipping,
        ),
    )


async def price_cart(
    session: AsyncSession, *, vendor: Vendor, cart_id: int, country: str, shipping_method: str, on: date
) -> PricedOrder:
    """The order that a cart makes now, whatever is in stock.

    Raises CartEmpty, ProductUnavailable, CountryNotSupported and ShippingMethodUnknown.
    """
    lines = await cart_lines(session, cart_id=cart_id)
    check_products(lines)
    terms = await find_terms(session, vendor_id=vendor.id, country=country, on=on)
    return price_lines(lines, terms, vendor=vendor, country=country, shipping_method=shipping_method)


async def check_country(session: AsyncSession, *, country: str, on: date) -> str:
    """The country as it is stored. Raises CountryNotSupported where nothing is sold on that day."""
    code = normalise_country(country)
    statement = select(TaxRateRow.id).where(TaxRateRow.country == code, TaxRateRow.valid_from <= on).limit(1)
    if await session.scalar(statement) is None:
        raise CountryNotSupported(f"Nothing is sold to {code}.", country=code)
    return code
