"""Pricing a cart from what is stored: its lines, and the terms of the sale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.checkouts import SaleTerms
from db.tables import TaxRateRow
from domain.errors import (
    AddressNotFound,
    CartEmpty,
    CountryNotSupported,
    InsufficientStock,
    ProductUnavailable,
    ShippingMethodUnknown,
)
from domain.pricing import CartLine, PricedOrder, price_order
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


_LINES = text("""
    SELECT item.id, product.id, product.sku, product.title, product.featured_image, product.price,
           item.quantity, product.is_active, coalesce(stock.available_quantity, 0)
    FROM cart_items item
    JOIN products product ON product.id = item.product_id
    LEFT JOIN inventory stock ON stock.product_id = product.id
    WHERE item.cart_id = :cart_id
    ORDER BY item.id
""").bindparams(bindparam("cart_id", type_=BigInteger))


async def cart_lines(session: AsyncSession, *, cart_id: int) -> list[CartProduct]:
    """The cart's lines in the order in which they were added."""
    return [CartProduct(*row) for row in await session.execute(_LINES, {"cart_id": cart_id})]


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


def price_lines(lines: Sequence[CartProduct], terms: SaleTerms, *, shipping_method: str) -> PricedOrder:
    """The order that these lines make, whatever is in stock.

    Raises AddressNotFound, CountryNotSupported and ShippingMethodUnknown.
    """
    if terms.shipping_address is None:
        raise _address_not_found(terms.shipping_address_id)
    if terms.billing_address is None:
        raise _address_not_found(terms.billing_address_id)
    if terms.tax_rate is None:
        country = terms.shipping_address["country"]
        raise CountryNotSupported(f"Nothing is sold to {country}.", country=country)
    shipping = {rate.code: rate for rate in terms.shipping_rates}
    if shipping_method not in shipping:
        raise ShippingMethodUnknown(
            "The shop does not ship this way.",
            shipping_method=shipping_method,
            shipping_methods=list(shipping),
        )
    goods = [
        CartLine(line.product_id, line.sku, line.title, line.image, line.unit_price, line.quantity)
        for line in lines
    ]
    return price_order(goods, shipping[shipping_method], terms.tax_rate, terms.shop.pricing)


async def check_country(session: AsyncSession, *, country: str, on: date) -> str:
    """The country as it is stored. Raises CountryNotSupported where nothing is sold on that day."""
    code = normalise_country(country)
    statement = select(TaxRateRow.id).where(TaxRateRow.country == code, TaxRateRow.valid_from <= on).limit(1)
    if await session.scalar(statement) is None:
        raise CountryNotSupported(f"Nothing is sold to {code}.", country=code)
    return code


def _address_not_found(address_id: int) -> AddressNotFound:
    return AddressNotFound("This address is not in the address book.", address_id=address_id)
