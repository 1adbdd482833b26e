"""Checkouts: all that an order is priced and checked by, in one statement."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, first
from db.queries.cart_lines import CartProduct, lines_of, read_lines
from domain.pricing import PricingPolicy, ShippingRate
from domain.shipping import CountryRate, rates_to

_SHOP_COLUMNS = (
    "vendor_code",
    "currency",
    "order_number_prefix",
    "prices_include_tax",
    "tax_shipping",
    "payment_methods",
    "payment_window",
    "manual_payment_window",
    "return_window",
    "capture_method",
    "capture_expiry",
)
_ADDRESS_COLUMNS = (
    "first_name",
    "last_name",
    "company",
    "address_line1",
    "address_line2",
    "city",
    "postal_code",
    "country",
    "phone",
)
_SHOP = ", ".join(f"v.{column}" for column in _SHOP_COLUMNS)
_ADDRESS = ", ".join(f"'{column}', a.{column}" for column in _ADDRESS_COLUMNS)


@dataclass(frozen=True)
class ShopTerms:
    """What a shop sells under; windows in seconds."""

    vendor_code: str
    currency: str
    order_number_prefix: str
    prices_include_tax: bool
    tax_shipping: bool
    payment_methods: list[str]
    payment_window: int
    manual_payment_window: int
    return_window: int
    capture_method: str
    capture_expiry: str

    @property
    def pricing(self) -> PricingPolicy:
        """How the shop's prices are read."""
        return PricingPolicy(
            currency=self.currency,
            prices_include_tax=self.prices_include_tax,
            tax_shipping=self.tax_shipping,
        )


@dataclass(frozen=True)
class SaleTerms:
    """What a sale depends on beside the goods.

    The addresses are copies as an order keeps them, None where they are not the customer's; `tax_rate` is
    None where nothing is sold. `shipping_rates` are those to the shipping address.
    """

    shop: ShopTerms
    shipping_address_id: int
    shipping_address: dict[str, Any] | None
    billing_address_id: int
    billing_address: dict[str, Any] | None
    tax_rate: Decimal | None
    shipping_rates: tuple[ShippingRate, ...]


@dataclass(frozen=True)
class Checkout:
    """A cart on its way to become an order; `customer_id` is None until somebody signed in uses it.

    `tokens_valid_from` is what a sign-in of the customer who asks has to name, None where there is none.
    """

    cart_id: int
    cart_version: int
    customer_id: int | None
    tokens_valid_from: datetime | None
    lines: list[CartProduct]
    terms: SaleTerms


def sale_terms(*, customer: str, shipping: str, billing: str, on: str) -> str:
    """The columns that `read_terms` reads, for a statement with the vendor as `v`.

    All arguments are SQL expressions of the caller's own: the customer's id, the ids of both addresses and
    the day whose tax rate holds.
    """

    def copied(address: str) -> str:
        return f"""(
            SELECT jsonb_build_object({_ADDRESS}) FROM customer_addresses a
            WHERE a.id = {address} AND a.customer_id = {customer}
        )"""  # noqa: S608 -- expressions of this floor, see above

    return f"""{_SHOP},
        {shipping} AS shipping_address_id, {copied(shipping)} AS shipping_address,
        {billing} AS billing_address_id, {copied(billing)} AS billing_address,
        (
            SELECT t.rate FROM tax_rates t JOIN customer_addresses a ON a.country = t.country
            WHERE a.id = {shipping} AND a.customer_id = {customer} AND t.valid_from <= {on}
            ORDER BY t.valid_from DESC LIMIT 1
        ) AS tax_rate,
        (
            SELECT jsonb_agg(
                jsonb_build_array(s.code, s.name, s.price::text, s.countries) ORDER BY s.position, s.id
            )
            FROM shipping_rates s WHERE s.vendor_id = v.id AND s.is_active
        ) AS shipping_rates
    """  # noqa: S608 -- as above


def read_terms(row: Any) -> SaleTerms:  # noqa: ANN401 -- a row of either way
    """The terms out of a row with the columns of `sale_terms`."""
    rates = [
        CountryRate(ShippingRate(code, name, Decimal(price)), frozenset(countries))
        for code, name, price, countries in row.shipping_rates or ()
    ]
    address = row.shipping_address
    return SaleTerms(
        shop=ShopTerms(*(getattr(row, column) for column in _SHOP_COLUMNS)),
        shipping_address_id=row.shipping_address_id,
        shipping_address=row.shipping_address,
        billing_address_id=row.billing_address_id,
        billing_address=row.billing_address,
        tax_rate=row.tax_rate,
        shipping_rates=rates_to(address["country"], rates) if address else (),
    )


_CHECKOUT = f"""
    SELECT c.id, c.version, c.customer_id AS cart_customer_id,
        (SELECT k.tokens_valid_from FROM customers k WHERE k.id = :customer_id) AS tokens_valid_from,
        {lines_of("c.id")} AS lines, {
    sale_terms(
        customer=":customer_id", shipping=":shipping_address_id", billing=":billing_address_id", on=":day"
    )
}
    FROM vendors v JOIN carts c ON c.vendor_id = v.id
    WHERE v.id = :vendor_id AND v.is_active AND
"""  # noqa: S608 -- as above
_PARAMETERS: tuple[BindParameter[Any], ...] = (
    *(
        bindparam(name, type_=BigInteger)
        for name in ("vendor_id", "customer_id", "shipping_address_id", "billing_address_id")
    ),
    bindparam("day", type_=Date),
)
# The cart is locked, so that requests for the same cart take turns and find what the first one did. Its
# version is the newest then; lines read before the wait may be older, which creating the order finds out.
_OF_SESSION = text(f"{_CHECKOUT} c.session_id = :session_id FOR NO KEY UPDATE OF c").bindparams(
    *_PARAMETERS, bindparam("session_id", type_=Text)
)
_NEWEST = text(
    f"{_CHECKOUT} c.customer_id = :customer_id ORDER BY c.updated_at DESC, c.id DESC LIMIT 1"
    " FOR NO KEY UPDATE OF c"
).bindparams(*_PARAMETERS)


async def find_checkout(
    via: Direct | AsyncSession,
    *,
    vendor_id: int,
    customer_id: int,
    session_id: str | None,
    shipping_address_id: int,
    billing_address_id: int,
    day: date,
) -> Checkout | None:
    """The cart of the session, or without one the customer's newest, with what its sale depends on.

    The cart stays as it is until the transaction ends. None without a cart, or where the shop is closed.
    """
    given: dict[str, object] = {
        "vendor_id": vendor_id,
        "customer_id": customer_id,
        "shipping_address_id": shipping_address_id,
        "billing_address_id": billing_address_id,
        "day": day,
    }
    if session_id is not None:
        given["session_id"] = session_id
    row = await first(via, _NEWEST if session_id is None else _OF_SESSION, given)
    if row is None:
        return None
    return Checkout(
        row.id,
        row.version,
        row.cart_customer_id,
        row.tokens_valid_from,
        read_lines(row.lines),
        read_terms(row),
    )


_SHOP_TERMS = text(f"SELECT {_SHOP} FROM vendors v WHERE v.id = :vendor_id").bindparams(  # noqa: S608 -- as above
    bindparam("vendor_id", type_=BigInteger)
)


async def shop_terms(session: AsyncSession, *, vendor_id: int) -> ShopTerms:
    """The terms of the session's vendor, open or closed."""
    return ShopTerms(*(await session.execute(_SHOP_TERMS, {"vendor_id": vendor_id})).one())
