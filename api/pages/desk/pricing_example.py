"""What a shop's way of pricing makes of an order, in numbers."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.shop_settings import ShopSettings
from db.queries.tax_rates import rate_on
from domain.money import quantize
from domain.pricing import CartLine, PricedOrder, PricingPolicy, ShippingRate, price_order

_GOODS = Decimal(100)
_SHIPPING = ShippingRate("example", "", Decimal(5))


@dataclass(frozen=True)
class PricingExample:
    """One order under each of the four policies, by the name that the form gives to it."""

    country: str
    tax_rate: Decimal
    orders: dict[str, PricedOrder]


def policy_name(*, prices_include_tax: bool, tax_shipping: bool) -> str:
    """The policy as the form's script knows it."""
    return f"{'inclusive' if prices_include_tax else 'exclusive'}-{'taxed' if tax_shipping else 'untaxed'}"


async def pricing_example(
    session: AsyncSession, settings: ShopSettings, *, today: date
) -> PricingExample | None:
    """Goods for 100 shipped within the shop's own country at its first rate; None where nothing is taxed."""
    vendor = settings.vendor
    rate = await rate_on(session, country=vendor.country, on=today)
    if rate is None:
        return None
    shipping = next((known.rate for known in settings.country_rates if known.rate.price), _SHIPPING)
    line = CartLine(0, "", "", None, quantize(_GOODS, vendor.currency), 1)
    shipping = replace(shipping, price=quantize(shipping.price, vendor.currency))
    orders = {}
    for included in (False, True):
        for taxed in (False, True):
            policy = PricingPolicy(vendor.currency, prices_include_tax=included, tax_shipping=taxed)
            name = policy_name(prices_include_tax=included, tax_shipping=taxed)
            orders[name] = price_order([line], shipping, rate, policy)
    return PricingExample(vendor.country, rate, orders)
