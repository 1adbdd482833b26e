"""A vendor's shipping rates, as the session's vendor keeps them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import ShippingMethod, TaxRateRow, Vendor
from domain.errors import CountryNotSupported, ShippingRateNotFound
from domain.money import exact
from domain.pricing import ShippingRate
from domain.shipping import CountryRate, check_apart, normalise_countries


def country_rate(rate: ShippingMethod) -> CountryRate:
    """A stored rate as the domain reads it."""
    return CountryRate(ShippingRate(rate.code, rate.name, rate.price), frozenset(rate.countries))


async def replace_rates(session: AsyncSession, *, vendor_id: int, rates: Sequence[Mapping[str, Any]]) -> None:
    """These rates in the place of all present ones, in this order.

    The vendor has to be locked. Raises ShippingRateRepeated, CountryNotSupported.
    """
    rows = [
        {
            **rate,
            "countries": normalise_countries(rate["countries"]),
            "vendor_id": vendor_id,
            "position": position,
        }
        for position, rate in enumerate(rates, start=1)
    ]
    check_apart(country_rate(ShippingMethod(**row)) for row in rows)
    await _check_countries(session, {country for row in rows for country in row["countries"]})
    await session.execute(delete(ShippingMethod).where(ShippingMethod.vendor_id == vendor_id))
    await session.execute(insert(ShippingMethod), rows)


async def get_rate(session: AsyncSession, *, rate_id: int) -> ShippingMethod:
    """One rate of the session's vendor. Raises ShippingRateNotFound."""
    rate = await session.get(ShippingMethod, rate_id)
    if rate is None:
        raise ShippingRateNotFound("There is no such shipping rate.")
    return rate


async def save_rate(
    session: AsyncSession, *, vendor: Vendor, rate_id: int | None, values: Mapping[str, Any]
) -> ShippingMethod:
    """Change a rate, or without `rate_id` add one after all others.

    The vendor has to be locked, for this and all below. Raises ShippingRateNotFound, ShippingRateRepeated,
    CountryNotSupported, InvalidAmount.
    """
    others = [rate for rate in await list_rates(session, vendor_id=vendor.id) if rate.id != rate_id]
    if rate_id is None:
        last = max((rate.position for rate in others), default=0)
        rate = ShippingMethod(vendor_id=vendor.id, position=last + 1)
    else:
        rate = await get_rate(session, rate_id=rate_id)
    countries = normalise_countries(values["countries"])
    exact(values["price"], vendor.currency)
    given = CountryRate(ShippingRate(values["code"], values["name"], values["price"]), frozenset(countries))
    check_apart([*map(country_rate, others), given])
    await _check_countries(session, set(countries))
    for name, value in {**values, "countries": countries}.items():
        setattr(rate, name, value)
    session.add(rate)
    await session.flush()
    return rate


async def move_rate(session: AsyncSession, *, vendor_id: int, rate_id: int, up: bool) -> None:
    """Let a rate change places with the one before or after it, if any. Raises ShippingRateNotFound."""
    rates = list(await list_rates(session, vendor_id=vendor_id))
    rate = await get_rate(session, rate_id=rate_id)
    place = rates.index(rate)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rates):
        rates[place], rates[other] = rates[other], rates[place]
    for position, each in enumerate(rates, start=1):
        each.position = position


async def remove_rate(session: AsyncSession, *, rate_id: int) -> None:
    """A rate that is not there any more. Raises ShippingRateNotFound."""
    await session.delete(await get_rate(session, rate_id=rate_id))


async def _check_countries(session: AsyncSession, countries: set[str]) -> None:
    known = set(await session.scalars(select(TaxRateRow.country).distinct()))
    for country in sorted(countries - known):
        raise CountryNotSupported(f"Nothing is sold to {country}.", country=country)


async def list_rates(session: AsyncSession, *, vendor_id: int) -> Sequence[ShippingMethod]:
    """All rates, offered or not, in the order in which shoppers see them."""
    statement = (
        select(ShippingMethod)
        .where(ShippingMethod.vendor_id == vendor_id)
        .order_by(ShippingMethod.position, ShippingMethod.id)
    )
    return (await session.scalars(statement)).all()
