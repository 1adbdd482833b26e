"""A vendor's settings: how its orders are numbered, priced, paid and shipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.shipping_rates import country_rate, list_rates, replace_rates
from db.tables import Order, OrderNumberCounter, Placement, Product, ShippingMethod, Vendor
from domain.errors import CurrencyFixed, InvalidAmount, PrefixInvalid, SettingsChanged
from domain.money import exact, minor_digits
from domain.orders import check_prefix, order_number
from domain.shipping import CountryRate


@dataclass(frozen=True)
class ShopSettings:
    """A vendor with its shipping rates in the order in which shoppers see them."""

    vendor: Vendor
    shipping_rates: Sequence[ShippingMethod]

    @property
    def country_rates(self) -> list[CountryRate]:
        """The rates that are offered, as the domain reads them."""
        return [country_rate(rate) for rate in self.shipping_rates if rate.is_active]


async def get_settings(session: AsyncSession, *, vendor_id: int) -> ShopSettings:
    """The settings of the session's vendor."""
    vendor = await session.get_one(Vendor, vendor_id)
    return ShopSettings(vendor, await list_rates(session, vendor_id=vendor_id))


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


async def lock_settings(session: AsyncSession, *, vendor_id: int, version: datetime | None) -> Vendor:
    """The vendor, whose settings others change after this transaction; they are another version from now on.

    `version` is the vendor's `updated_at` as somebody saw it. Raises SettingsChanged where it is another now.
    """
    vendor = await session.get_one(Vendor, vendor_id, with_for_update={"key_share": True})
    if version is not None and version != vendor.updated_at:
        raise SettingsChanged("Somebody else changed the settings in the meantime.")
    vendor.updated_at = func.clock_timestamp()
    await session.flush()
    return vendor


async def change_settings(
    session: AsyncSession,
    *,
    vendor_id: int,
    changes: Mapping[str, Any],
    shipping_rates: Sequence[Mapping[str, Any]] | None,
    version: datetime | None = None,
) -> ShopSettings:
    """Change columns of the vendor, and replace its shipping rates as a whole if some are given.

    Placed orders keep what they were placed under. `version` is the vendor's `updated_at` that somebody saw:
    raises SettingsChanged where it is another by now. Raises CurrencyFixed once there are orders,
    CurrencyNotSupported, InvalidAmount, PrefixInvalid, ShippingRateRepeated, CountryNotSupported.
    """
    vendor = await lock_settings(session, vendor_id=vendor_id, version=version)
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
        await replace_rates(session, vendor_id=vendor_id, rates=shipping_rates)
    await session.refresh(vendor)
    rates = await list_rates(session, vendor_id=vendor_id)
    for rate in rates:
        exact(rate.price, vendor.currency)
    return ShopSettings(vendor, rates)


async def has_orders(session: AsyncSession, *, vendor_id: int) -> bool:
    """Whether anything was ever ordered, which fixes the currency."""
    ordered = or_(
        exists().where(Order.vendor_id == vendor_id),
        exists().where(Placement.vendor_id == vendor_id, Placement.state != "refused"),
    )
    return bool(await session.scalar(select(ordered)))


async def next_order_number(session: AsyncSession, *, vendor: Vendor, today: date) -> str:
    """The number that the vendor's next order has, as far as can be said now."""
    last = await session.scalar(
        select(OrderNumberCounter.last_number).where(
            OrderNumberCounter.vendor_id == vendor.id, OrderNumberCounter.day == today
        )
    )
    return order_number(vendor.order_number_prefix, today, (last or 0) + 1)


async def _check_new_currency(session: AsyncSession, vendor_id: int, currency: str) -> None:
    digits = minor_digits(currency)
    if await has_orders(session, vendor_id=vendor_id):
        raise CurrencyFixed("The currency stays as it is once there are orders.", currency=currency)
    finer = exists().where(Product.vendor_id == vendor_id, Product.price != func.round(Product.price, digits))
    if await session.scalar(select(finer)):
        raise InvalidAmount(f"Some prices have more decimals than {currency}.", currency=currency)


def _prefix_taken(prefix: str) -> PrefixInvalid:
    return PrefixInvalid("Another shop uses this order number prefix.", prefix=prefix)
