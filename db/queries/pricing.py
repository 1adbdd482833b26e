"""Pricing a cart from what is stored: its lines, and the terms of the sale."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.cart_lines import CartProduct
from db.queries.checkouts import SaleTerms
from db.tables import TaxRateRow
from domain.errors import (
    AddressNotFound,
    CartEmpty,
    CountryNotSupported,
    InsufficientStock,
    InvalidAmount,
    ProductUnavailable,
    ShippingMethodUnknown,
)
from domain.pricing import MAX_QUANTITY, CartLine, PricedOrder, price_order
from domain.tax import normalise_country


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


def check_line(line: CartProduct) -> None:
    """Raise what stands against a line of a cart, as the two above, or InvalidAmount for too many pieces."""
    check_products([line])
    check_stock([line])
    if line.quantity > MAX_QUANTITY:
        raise InvalidAmount(f"A quantity is between 1 and {MAX_QUANTITY}.", quantity=line.quantity)


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
            "The shop does not ship this way to that country.",
            shipping_method=shipping_method,
            country=terms.shipping_address["country"],
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
