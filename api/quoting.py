"""Pricing a checkout: what the cart costs now, and everything that stands against ordering it."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.schemas.checkout import QuoteAnswer, QuoteRequest, present_quote
from db.queries import addresses, carts, pricing, vendors
from db.queries.pricing import Terms
from db.tables import Cart, Vendor
from domain.errors import AddressNotFound, CartNotFound
from domain.pricing import PricedOrder


async def price_checkout(
    session: AsyncSession,
    *,
    vendor: Vendor,
    cart: Cart,
    customer_id: int,
    shipping_address_id: int,
    billing_address_id: int,
    shipping_method: str,
) -> tuple[PricedOrder, Terms]:
    """The order that the cart makes now, and the terms it was priced under.

    Raises CartEmpty, ProductUnavailable, InsufficientStock, AddressNotFound, CountryNotSupported and
    ShippingMethodUnknown.
    """
    lines = await pricing.cart_lines(session, cart_id=cart.id)
    pricing.check_products(lines)
    pricing.check_stock(lines)
    wanted = (shipping_address_id, billing_address_id)
    own = await addresses.addresses_by_id(session, customer_id=customer_id, address_ids=wanted)
    for address_id in wanted:
        if address_id not in own:
            raise AddressNotFound("This address is not in the address book.", address_id=address_id)
    country = own[shipping_address_id].country
    terms = await pricing.find_terms(
        session, vendor_id=vendor.id, country=country, on=datetime.now(UTC).date()
    )
    priced = pricing.price_lines(
        lines, terms, vendor=vendor, country=country, shipping_method=shipping_method
    )
    return priced, terms


async def quote_cart(
    session: AsyncSession, *, vendor_id: int, customer_id: int, wanted: QuoteRequest
) -> QuoteAnswer:
    """What the cart costs now. Raises what placing would refuse beforehand."""
    vendor = await vendors.get_open_vendor(session, vendor_id=vendor_id)
    if wanted.session_id is None:
        cart = await carts.newest_cart(session, vendor_id=vendor_id, customer_id=customer_id)
    else:
        cart = await carts.find_cart(
            session, vendor_id=vendor_id, session_id=wanted.session_id, customer_id=customer_id
        )
    if cart is None:
        raise CartNotFound("There is no such cart.")
    priced, terms = await price_checkout(
        session,
        vendor=vendor,
        cart=cart,
        customer_id=customer_id,
        shipping_address_id=wanted.shipping_address_id,
        billing_address_id=wanted.shipping_address_id,
        shipping_method=wanted.shipping_method,
    )
    return present_quote(
        priced,
        prices_include_tax=vendor.prices_include_tax,
        shipping_rates=terms.shipping_rates,
        payment_methods=vendor.payment_methods,
    )
