"""Pricing a checkout: what the cart costs now, and everything that stands against ordering it."""

from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.schemas.checkout import QuoteAnswer, QuoteRequest, present_quote
from db.queries import carts, pricing, vendors
from db.queries.checkouts import Checkout, find_checkout
from domain.errors import CartNotFound
from domain.pricing import PricedOrder


async def open_checkout(
    session: AsyncSession,
    *,
    vendor_id: int,
    customer_id: int,
    session_id: str | None,
    shipping_address_id: int,
    billing_address_id: int,
    day: date,
) -> Checkout | None:
    """The customer's cart, locked, with the terms of this day (UTC); None without a cart.

    The first customer to check a cart out owns it from then on. Raises VendorNotFound, and CartNotFound for
    a cart of somebody else's.
    """
    checkout = await find_checkout(
        session,
        vendor_id=vendor_id,
        customer_id=customer_id,
        session_id=session_id,
        shipping_address_id=shipping_address_id,
        billing_address_id=billing_address_id,
        day=day,
    )
    if checkout is None:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
        return None
    if checkout.customer_id is None:
        await carts.bind_cart(session, cart_id=checkout.cart_id, customer_id=customer_id)
    elif checkout.customer_id != customer_id:
        raise CartNotFound("There is no such cart.")
    return checkout


def price_checkout(checkout: Checkout, *, shipping_method: str) -> PricedOrder:
    """The order that the cart makes now.

    Raises CartEmpty, ProductUnavailable, InsufficientStock, AddressNotFound, CountryNotSupported and
    ShippingMethodUnknown.
    """
    pricing.check_products(checkout.lines)
    pricing.check_stock(checkout.lines)
    return pricing.price_lines(checkout.lines, checkout.terms, shipping_method=shipping_method)


async def quote_cart(
    session: AsyncSession, *, vendor_id: int, customer_id: int, wanted: QuoteRequest
) -> QuoteAnswer:
    """What the cart costs now. Raises what placing would refuse beforehand."""
    checkout = await open_checkout(
        session,
        vendor_id=vendor_id,
        customer_id=customer_id,
        session_id=wanted.session_id,
        shipping_address_id=wanted.shipping_address_id,
        billing_address_id=wanted.shipping_address_id,
        day=datetime.now(UTC).date(),
    )
    if checkout is None:
        raise CartNotFound("There is no such cart.")
    priced = price_checkout(checkout, shipping_method=wanted.shipping_method)
    return present_quote(
        priced,
        prices_include_tax=checkout.terms.shop.prices_include_tax,
        shipping_rates=checkout.terms.shipping_rates,
        payment_methods=checkout.terms.shop.payment_methods,
    )
