"""A shop's settings."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from api.amounts import Amount, GivenAmount
from api.schemas.base import AnswerModel, Code, Country, Line, Notes, RequestModel
from api.schemas.periods import TimeZone
from api.schemas.vendor_products import Flag
from db.queries.shop_settings import ShopSettings
from domain.capture import CaptureExpiry, CaptureMethod
from domain.errors import CountryNotSupported, ShippingRateRepeated
from domain.lifecycle import PaymentMethod
from domain.pricing import ShippingRate
from domain.shipping import CountryRate, check_apart, normalise_countries

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def _refuse_repeated_methods(methods: list[PaymentMethod]) -> list[PaymentMethod]:
    if len(set(methods)) < len(methods):
        raise ValueError("names a payment method twice")
    return methods


def _as_stored(countries: list[str]) -> list[str]:
    try:
        return normalise_countries(countries)
    except CountryNotSupported as refused:
        raise ValueError(refused.message) from None


def _refuse_two_prices(rates: "list[GivenShippingRate]") -> "list[GivenShippingRate]":
    try:
        check_apart(
            CountryRate(ShippingRate(rate.code, rate.name, rate.price), frozenset(rate.countries))
            for rate in rates
        )
    except ShippingRateRepeated as refused:
        raise ValueError(refused.message) from None
    return rates


class GivenShippingRate(RequestModel):
    """A way to ship and its price; one that is not active is not offered.

    Several rates may have the same code where they are for different `countries`.
    """

    code: Code
    name: Line
    price: GivenAmount
    countries: Annotated[
        list[Country],
        Field(
            max_length=250,
            description="ISO 3166 codes; empty is everywhere that no other rate of this code is for.",
        ),
        AfterValidator(_as_stored),
    ] = Field(default_factory=list)
    is_active: Flag = True


PaymentMethods = Annotated[
    list[PaymentMethod], Field(min_length=1, max_length=10), AfterValidator(_refuse_repeated_methods)
]
ShippingRates = Annotated[
    list[GivenShippingRate], Field(min_length=1, max_length=100), AfterValidator(_refuse_two_prices)
]


class SettingsChanges(RequestModel):
    """What is to change; fields that are left out stay as they are. Windows are seconds."""

    order_number_prefix: str = Field(
        default_factory=str, max_length=12, description="2 to 12 of A-Z and 0-9, a letter first."
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(default_factory=str)
    prices_include_tax: Flag = Field(default_factory=bool)
    tax_shipping: Flag = Field(default_factory=bool)
    payment_methods: PaymentMethods = Field(default_factory=list)
    payment_instructions: Notes = Field(
        default_factory=str,
        description="How to pay an order that is not paid through Stripe; goes into e-mails.",
    )
    payment_window: int = Field(default_factory=int, strict=True, ge=5 * _MINUTE, le=2 * _DAY)
    manual_payment_window: int = Field(default_factory=int, strict=True, ge=_HOUR, le=60 * _DAY)
    return_window: int = Field(default_factory=int, strict=True, ge=0, le=366 * _DAY)
    capture_method: CaptureMethod = Field(
        default_factory=lambda: CaptureMethod.AUTOMATIC,
        description="With `on_shipment` a card is only authorised; the money is taken when the order ships.",
    )
    capture_expiry: CaptureExpiry = Field(
        default_factory=lambda: CaptureExpiry.CANCEL,
        description="What becomes of an order that is not shipped before its authorisation runs out.",
    )
    time_zone: TimeZone = Field(
        default_factory=str,
        max_length=100,
        description="IANA name; where the days of figures and of the desk's pages begin and end.",
    )
    shipping_rates: ShippingRates = Field(
        default_factory=list, description="Replaces the present ones as a whole, in this order."
    )

    def columns(self) -> dict[str, Any]:
        """What was sent, without the shipping rates."""
        return self.model_dump(exclude_unset=True, exclude={"shipping_rates"})

    def rates(self) -> list[dict[str, Any]] | None:
        """The shipping rates, if any were sent."""
        if "shipping_rates" not in self.model_fields_set:
            return None
        return [rate.model_dump() for rate in self.shipping_rates]


class ShippingRateAnswer(AnswerModel):
    """A way to ship and its price, before tax where the shop's prices exclude tax.

    Without `countries` it is for everywhere that no other rate of this code is for.
    """

    code: str
    name: str
    price: Amount
    countries: list[str]
    is_active: bool


class SettingsAnswer(AnswerModel):
    """How a shop numbers, prices, takes payment for and ships orders. Windows are seconds."""

    order_number_prefix: str
    currency: str
    prices_include_tax: bool
    tax_shipping: bool
    payment_methods: list[str]
    payment_instructions: str
    payment_window: int
    manual_payment_window: int
    return_window: int
    capture_method: CaptureMethod
    capture_expiry: CaptureExpiry
    time_zone: str
    shipping_rates: list[ShippingRateAnswer]


def present_settings(settings: ShopSettings) -> SettingsAnswer:
    """The settings as the vendor's people see them."""
    vendor = settings.vendor
    return SettingsAnswer(
        order_number_prefix=vendor.order_number_prefix,
        currency=vendor.currency,
        prices_include_tax=vendor.prices_include_tax,
        tax_shipping=vendor.tax_shipping,
        payment_methods=vendor.payment_methods,
        payment_instructions=vendor.payment_instructions,
        payment_window=vendor.payment_window,
        manual_payment_window=vendor.manual_payment_window,
        return_window=vendor.return_window,
        capture_method=CaptureMethod(vendor.capture_method),
        capture_expiry=CaptureExpiry(vendor.capture_expiry),
        time_zone=vendor.time_zone,
        shipping_rates=[ShippingRateAnswer.model_validate(rate) for rate in settings.shipping_rates],
    )
