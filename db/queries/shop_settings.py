"""A vendor's settings: how its orders are numbered, priced, paid and shipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Order, Placement, Product, ShippingMethod, TaxRateRow, Vendor
from domain.errors import CountryNotSupported, CurrencyFixed, InvalidAmount, PrefixInvalid
from domain.money import exact, minor_digits
from domain.orders import check_prefix
from domain.pricing import ShippingRate
from domain.shipping import CountryRate, check_apart, normalise_countries


@dataclass(frozen=True)
class ShopSettings:
    """A vendor with its shipping rates in the order in which shoppers see them."""

    vendor: Vendor
    shipping_rates: Sequence[ShippingMethod]

    @property
    def country_rates(self) -> list[CountryRate]:
        """The rates that are offered, as the domain reads them."""
        return [country_rate(rate) for rate in self.shipping_rates if rate.is_active]


def country_rate(rate: ShippingMethod) -> CountryRate:
    """A stored rate as the domain reads it."""
    return CountryRate(ShippingRate(rate.code, rate.name, rate.price), frozenset(rate.countries))


async def get_settings(session: AsyncSession, *, vendor_id: int) -> ShopSettings:
    """The settings of the session's vendor."""
    vendor = await session.get_one(Vendor, vendor_id)
    return ShopSettings(vendor, await _rates(session, vendor_id))


async def check_prefix_free(session: AsyncSession, *, prefix: str, vendor_id: int | None) -> None:
    """Raise PrefixInvalid where order numbers with this prefix are, or ever were, another vendor's.

    Needs a platform session. Order numbers name workflows, so no two vendors may ever give out the same.
    """
    check_prefix(prefix)
    used = or_(
        exists().where(Vendor.order_number_prefix == prefix, Vendor.id.is_distinct_from(vendor_id)),
        exists().where(
            Placement.order_number.startswith(f"{prefix}-", autoescape=True),
            Placement.vendor_id.is_distinct_from(vendor_id),
        ),
    )
    if await session.scalar(select(used)):
        raise _prefix_taken(prefix)


async def change_settings(
    session: AsyncSession,
    *,
    vendor_id: int,
    changes: Mapping[str, Any],
    shipping_rates: Sequence[Mapping[str, Any]] | None,
) -> ShopSettings:
    """Change columns of the vendor, and replace its shipping rates as a whole if some are given.

    Placed orders keep what they were placed under. Raises CurrencyFixed once there are orders,
    CurrencyNotSupported, InvalidAmount, PrefixInvalid, ShippingRateRepeated, CountryNotSupported.
    """
    vendor = await session.get_one(Vendor, vendor_id, with_for_update={"key_share": True})
    currency = changes.get("currency", vendor.currency)
    if currency != vendor.currency:
        await _check_new_currency(session, vendor_id, currency)
    try:
        async with session.begin_nested():
            for name, value in changes.items():
                setattr(vendor, name, value)
    except IntegrityError:
        raise _prefix_taken(changes["order_number_prefix"]) from None
    if shipping_rates is not None:
        await _replace_rates(session, vendor_id, shipping_rates)
    await session.refresh(vendor)
    rates = await _rates(session, vendor_id)
    for rate in rates:
        exact(rate.price, vendor.currency)
    return ShopSettings(vendor, rates)


async def _check_new_currency(session: AsyncSession, vendor_id: int, currency: str) -> None:
    digits = minor_digits(currency)
    ordered = or_(
        exists().where(Order.vendor_id == vendor_id),
        exists().where(Placement.vendor_id == vendor_id, Placement.state != "refused"),
    )
    if await session.scalar(select(ordered)):
        raise CurrencyFixed("The currency stays as it is once there are orders.", currency=currency)
    finer = exists().where(Product.vendor_id == vendor_id, Product.price != func.round(Product.price, digits))
    if await session.scalar(select(finer)):
        raise InvalidAmount(f"Some prices have more decimals than {currency}.", currency=currency)


async def _replace_rates(
    session: AsyncSession, vendor_id: int, shipping_rates: Sequence[Mapping[str, Any]]
) -> None:
    rows = [
        {
            **rate,
            "countries": normalise_countries(rate["countries"]),
            "vendor_id": vendor_id,
            "position": position,
        }
        for position, rate in enumerate(shipping_rates, start=1)
    ]
    check_apart(country_rate(ShippingMethod(**row)) for row in rows)
    await _check_countries(session, {country for row in rows for country in row["countries"]})
    await session.execute(delete(ShippingMethod).where(ShippingMethod.vendor_id == vendor_id))
    await session.execute(insert(ShippingMethod), rows)


async def _check_countries(session: AsyncSession, countries: set[str]) -> None:
    known = set(await session.scalars(select(TaxRateRow.country).distinct()))
    for country in sorted(countries - known):
        raise CountryNotSupported(f"Nothing is sold to {country}.", country=country)


async def _rates(session: AsyncSession, vendor_id: int) -> Sequence[ShippingMethod]:
    statement = (
        select(ShippingMethod)
        .where(ShippingMethod.vendor_id == vendor_id)
        .order_by(ShippingMethod.position, ShippingMethod.id)
    )
    return (await session.scalars(statement)).all()


def _prefix_taken(prefix: str) -> PrefixInvalid:
    return PrefixInvalid("Another shop uses this order number prefix.", prefix=prefix)
