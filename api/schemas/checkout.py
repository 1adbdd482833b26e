"""Checkout: the quote before an order, and the request to place it."""

from collections.abc import Sequence

from api.amounts import Amount, GivenAmount
from api.schemas.base import AnswerModel, Code, GivenId, Notes, RequestModel, SessionId
from domain.pricing import PricedOrder, ShippingRate


class QuoteRequest(RequestModel):
    """What to price; without `session_id`, the customer's newest cart."""

    session_id: SessionId | None = None
    shipping_address_id: GivenId
    shipping_method: Code = "standard"


class OrderRequest(RequestModel):
    """What to order; with `expected_total`, only at that total."""

    shipping_address_id: GivenId
    billing_address_id: GivenId
    shipping_method: Code = "standard"
    payment_method: Code = "stripe"
    customer_notes: Notes | None = None
    session_id: SessionId | None = None
    expected_total: GivenAmount | None = None


class QuoteLine(AnswerModel):
    """A line with its tax; `tax_rate` is in percent."""

    product_id: int
    product_sku: str
    product_title: str
    product_image: str | None
    quantity: int
    unit_price: Amount
    total_price: Amount
    tax_rate: Amount
    tax_amount: Amount


class TaxLine(AnswerModel):
    """What is taxed at one rate, in percent; `base` is without tax."""

    rate: Amount
    base: Amount
    tax: Amount


class ShippingMethodAnswer(AnswerModel):
    """A way to have the order shipped, and its price as the vendor entered it."""

    code: str
    name: str
    price: Amount


class QuoteAnswer(AnswerModel):
    """What the cart costs when ordered now. `tax_amount` is contained where `prices_include_tax`."""

    subtotal: Amount
    shipping_cost: Amount
    tax_amount: Amount
    discount_amount: Amount
    total_amount: Amount
    currency: str
    prices_include_tax: bool
    lines: list[QuoteLine]
    tax_summary: list[TaxLine]
    shipping_methods: list[ShippingMethodAnswer]
    payment_methods: list[str]


def present_quote(
    priced: PricedOrder,
    *,
    prices_include_tax: bool,
    shipping_rates: Sequence[ShippingRate],
    payment_methods: Sequence[str],
) -> QuoteAnswer:
    """A priced cart with the choices the customer has."""
    return QuoteAnswer(
        subtotal=priced.subtotal,
        shipping_cost=priced.shipping_cost,
        tax_amount=priced.tax_amount,
        discount_amount=priced.discount_amount,
        total_amount=priced.total_amount,
        currency=priced.currency,
        prices_include_tax=prices_include_tax,
        lines=[
            QuoteLine(
                product_id=line.product_id,
                product_sku=line.sku,
                product_title=line.title,
                product_image=line.image,
                quantity=line.quantity,
                unit_price=line.unit_price,
                total_price=line.total_price,
                tax_rate=line.tax_rate,
                tax_amount=line.tax_amount,
            )
            for line in priced.lines
        ],
        tax_summary=[TaxLine(rate=row.rate, base=row.base, tax=row.tax) for row in priced.tax_summary],
        shipping_methods=[ShippingMethodAnswer.model_validate(rate) for rate in shipping_rates],
        payment_methods=list(payment_methods),
    )
