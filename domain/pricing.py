"""The price of a cart: items, shipping, discount, tax and a total that always adds up."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import repeat

from domain.errors import CartEmpty, InvalidAmount
from domain.money import allocate, exact, quantize
from domain.tax import TaxedPrice, check_rate

MAX_QUANTITY = 9999
MAX_LINES = 200
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class PricingPolicy:
    """A vendor's choice: the currency, whether prices contain tax, and whether shipping is taxed."""

    currency: str
    prices_include_tax: bool
    tax_shipping: bool


@dataclass(frozen=True, slots=True)
class CartLine:
    """One product of the cart with its price per piece as the vendor entered it."""

    product_id: int
    sku: str
    title: str
    image: str | None
    unit_price: Decimal
    quantity: int


@dataclass(frozen=True, slots=True)
class ShippingRate:
    """A way of shipping and its price as the vendor entered it."""

    code: str
    name: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line of the order. `total_price` is before, `tax_amount` after this line's part of the discount."""

    product_id: int
    sku: str
    title: str
    image: str | None
    quantity: int
    unit_price: Decimal
    total_price: Decimal
    tax_rate: Decimal
    tax_amount: Decimal
    discount_amount: Decimal


@dataclass(frozen=True, slots=True)
class TaxSummaryLine:
    """What is taxed at one rate: `base` is without tax."""

    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """A priced cart. All amounts are exact in `currency`.

    `tax_amount` covers everything taxed in the order: the sum of the lines' `tax_amount` plus `shipping_tax`.
    Where prices include tax it is the part contained in them and is not added to the total.
    """

    lines: tuple[PricedLine, ...]
    currency: str
    subtotal: Decimal
    shipping_cost: Decimal
    shipping_tax: Decimal
    tax_amount: Decimal
    discount_amount: Decimal
    total_amount: Decimal
    tax_summary: tuple[TaxSummaryLine, ...]


def price_order(
    lines: Sequence[CartLine],
    shipping: ShippingRate,
    tax_rate: Decimal,
    policy: PricingPolicy,
    discount: Decimal = _NOTHING,
) -> PricedOrder:
    """Price a cart at `tax_rate` per cent.

    Every line is rounded half-up by itself and the sums are sums of rounded lines. Where prices exclude tax
    the total is subtotal + shipping + tax - discount, where they include it subtotal + shipping - discount.

    The discount is off the goods, in the kind of price the vendor entered, and shared over the lines by
    value. What remains is taxed, since a price reduction is not part of the taxable amount (Directive
    2006/112/EC, Article 79). The tax summary has the goods' rate even at 0 %, and untaxed shipping as a row
    of 0 %, so that base and tax of all rows sum to the total.

    Raises CartEmpty without lines, InvalidAmount outside the limits: 200 lines, quantities of 1 to 9999,
    amounts not negative and below 10^10, a discount up to the subtotal, a rate of 0 to 100.
    """
    currency = policy.currency
    check_rate(tax_rate)
    totals = [_line_total(line, currency) for line in _counted(lines)]
    subtotal = quantize(sum(totals, _NOTHING), currency)
    discount = _not_negative(discount, currency, "discount")
    if discount > subtotal:
        raise InvalidAmount(
            "The discount is larger than the goods cost.", discount=str(discount), subtotal=str(subtotal)
        )
    discounts = allocate(discount, totals, currency)
    goods = [_taxed(total - share, tax_rate, policy) for total, share in zip(totals, discounts, strict=True)]
    shipping_cost = _not_negative(shipping.price, currency, "shipping")
    freight = _taxed(shipping_cost, tax_rate if policy.tax_shipping else _NOTHING, policy)
    parts = [*goods, freight]
    return PricedOrder(
        lines=tuple(map(_priced_line, lines, totals, goods, discounts, repeat(currency))),
        currency=currency,
        subtotal=subtotal,
        shipping_cost=shipping_cost,
        shipping_tax=freight.tax,
        tax_amount=quantize(sum((part.tax for part in parts), _NOTHING), currency),
        discount_amount=discount,
        total_amount=quantize(sum((part.gross for part in parts), _NOTHING), currency),
        tax_summary=_summary(goods, freight),
    )


def _counted(lines: Sequence[CartLine]) -> Sequence[CartLine]:
    if not lines:
        raise CartEmpty("The cart is empty.")
    if len(lines) > MAX_LINES:
        raise InvalidAmount(f"An order has at most {MAX_LINES} lines.", lines=len(lines))
    return lines


def _line_total(line: CartLine, currency: str) -> Decimal:
    if not 1 <= line.quantity <= MAX_QUANTITY:
        raise InvalidAmount(
            f"A quantity is between 1 and {MAX_QUANTITY}.", product_id=line.product_id, quantity=line.quantity
        )
    return quantize(_not_negative(line.unit_price, currency, "unit_price") * line.quantity, currency)


def _not_negative(amount: Decimal, currency: str, field: str) -> Decimal:
    amount = exact(amount, currency)
    if amount < 0:
        raise InvalidAmount("An amount must not be negative.", field=field, amount=str(amount))
    return amount


def _taxed(entered: Decimal, rate: Decimal, policy: PricingPolicy) -> TaxedPrice:
    build = TaxedPrice.from_gross if policy.prices_include_tax else TaxedPrice.from_net
    return build(entered, rate, policy.currency)


def _priced_line(
    line: CartLine, total: Decimal, taxed: TaxedPrice, discount: Decimal, currency: str
) -> PricedLine:
    return PricedLine(
        product_id=line.product_id,
        sku=line.sku,
        title=line.title,
        image=line.image,
        quantity=line.quantity,
        unit_price=exact(line.unit_price, currency),
        total_price=total,
        tax_rate=taxed.rate,
        tax_amount=taxed.tax,
        discount_amount=discount,
    )


def _summary(goods: Sequence[TaxedPrice], freight: TaxedPrice) -> tuple[TaxSummaryLine, ...]:
    parts = [*goods, freight] if freight.gross else list(goods)
    return tuple(
        TaxSummaryLine(
            rate=rate,
            base=sum((part.net for part in parts if part.rate == rate), _NOTHING),
            tax=sum((part.tax for part in parts if part.rate == rate), _NOTHING),
        )
        for rate in sorted({part.rate for part in parts}, reverse=True)
    )
