"""Prices: both kinds of prices, shipping, discount, limits, and totals that add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CartEmpty, InvalidAmount
from domain.pricing import CartLine, PricedOrder, PricingPolicy, ShippingRate, TaxSummaryLine, price_order

LU = Decimal(17)
STANDARD = ShippingRate("standard", "Standard", Decimal("4.95"))
FREE = ShippingRate("pickup", "Pickup", Decimal(0))
EXCLUSIVE = PricingPolicy("EUR", prices_include_tax=False, tax_shipping=False)
EXCLUSIVE_TAXED_SHIPPING = PricingPolicy("EUR", prices_include_tax=False, tax_shipping=True)
INCLUSIVE = PricingPolicy("EUR", prices_include_tax=True, tax_shipping=False)
INCLUSIVE_TAXED_SHIPPING = PricingPolicy("EUR", prices_include_tax=True, tax_shipping=True)


def line(price: str, quantity: int = 1, product_id: int = 1) -> CartLine:
    return CartLine(product_id, f"SKU-{product_id}", "Kettle", None, Decimal(price), quantity)


CART = [line("19.90", 2), line("0.50", 3, product_id=2)]


def summary(order: PricedOrder) -> list[tuple[str, str, str]]:
    return [(str(row.rate), str(row.base), str(row.tax)) for row in order.tax_summary]


def amounts(order: PricedOrder) -> list[str]:
    return [
        str(amount)
        for amount in (
            order.subtotal,
            order.shipping_cost,
            order.shipping_tax,
            order.tax_amount,
            order.discount_amount,
            order.total_amount,
        )
    ]


def test_prices_without_tax_and_untaxed_shipping() -> None:
    order = price_order(CART, STANDARD, LU, EXCLUSIVE)
    assert amounts(order) == ["41.30", "4.95", "0.00", "7.03", "0.00", "53.28"]
    assert [str(item.tax_amount) for item in order.lines] == ["6.77", "0.26"]
    assert [str(item.total_price) for item in order.lines] == ["39.80", "1.50"]
    assert summary(order) == [("17", "41.30", "7.03"), ("0", "4.95", "0.00")]


def test_prices_without_tax_and_taxed_shipping() -> None:
    order = price_order(CART, STANDARD, LU, EXCLUSIVE_TAXED_SHIPPING)
    assert amounts(order) == ["41.30", "4.95", "0.84", "7.87", "0.00", "54.12"]
    assert summary(order) == [("17", "46.25", "7.87")]


def test_prices_with_tax_contain_it() -> None:
    order = price_order(CART, STANDARD, LU, INCLUSIVE)
    assert amounts(order) == ["41.30", "4.95", "0.00", "6.00", "0.00", "46.25"]
    assert summary(order) == [("17", "35.30", "6.00"), ("0", "4.95", "0.00")]


def test_prices_with_tax_and_taxed_shipping() -> None:
    order = price_order(CART, STANDARD, LU, INCLUSIVE_TAXED_SHIPPING)
    assert amounts(order) == ["41.30", "4.95", "0.72", "6.72", "0.00", "46.25"]


def test_free_shipping_adds_no_row() -> None:
    assert summary(price_order(CART, FREE, LU, EXCLUSIVE)) == [("17", "41.30", "7.03")]


def test_tax_summary_is_there_at_zero_per_cent() -> None:
    order = price_order([line("10.00")], STANDARD, Decimal(0), EXCLUSIVE)
    assert order.tax_summary == (TaxSummaryLine(Decimal(0), Decimal("14.95"), Decimal(0)),)


def test_free_goods_keep_their_row() -> None:
    assert summary(price_order([line("0.00")], FREE, LU, EXCLUSIVE)) == [("17", "0.00", "0.00")]


def test_discount_lowers_the_taxed_amount_of_each_line() -> None:
    order = price_order(CART, FREE, LU, EXCLUSIVE, discount=Decimal("10.00"))
    assert [str(item.discount_amount) for item in order.lines] == ["9.64", "0.36"]
    assert [str(item.tax_amount) for item in order.lines] == ["5.13", "0.19"]
    assert amounts(order) == ["41.30", "0.00", "0.00", "5.32", "10.00", "36.62"]


def test_lines_keep_what_they_were() -> None:
    item = CartLine(7, "TEA-1", "Tea", "/tea.jpg", Decimal("3.2"), 4)
    (priced,) = price_order([item], FREE, LU, EXCLUSIVE).lines
    assert (priced.product_id, priced.sku, priced.title, priced.image) == (7, "TEA-1", "Tea", "/tea.jpg")
    assert (priced.quantity, str(priced.unit_price), priced.tax_rate) == (4, "3.20", LU)


def test_currency_without_cents_is_priced_in_whole_units() -> None:
    yen = PricingPolicy("JPY", prices_include_tax=False, tax_shipping=True)
    order = price_order([line("99", 3)], ShippingRate("s", "S", Decimal(55)), Decimal(10), yen)
    assert amounts(order) == ["297", "55", "6", "36", "0", "388"]


def test_empty_cart_is_refused() -> None:
    with pytest.raises(CartEmpty):
        price_order([], STANDARD, LU, EXCLUSIVE)


@pytest.mark.parametrize("quantity", [0, -1, 10_000])
def test_quantity_outside_its_limits_is_refused(quantity: int) -> None:
    with pytest.raises(InvalidAmount) as refused:
        price_order([line("1.00", quantity, product_id=5)], STANDARD, LU, EXCLUSIVE)
    assert refused.value.fields == {"product_id": 5, "quantity": quantity}


@pytest.mark.parametrize("price", ["-0.01", "0.001", "NaN", "1e10", "9999999999"])
def test_price_outside_its_limits_is_refused(price: str) -> None:
    with pytest.raises(InvalidAmount):
        price_order([line(price, 2)], STANDARD, LU, EXCLUSIVE)


def test_two_hundred_lines_are_the_most() -> None:
    lines = [line("1.00", product_id=number) for number in range(201)]
    assert price_order(lines[:200], FREE, LU, EXCLUSIVE).subtotal == 200
    with pytest.raises(InvalidAmount):
        price_order(lines, FREE, LU, EXCLUSIVE)


def test_total_beyond_storage_is_refused() -> None:
    with pytest.raises(InvalidAmount):
        price_order([line("9000000000")], FREE, LU, EXCLUSIVE)


@pytest.mark.parametrize("discount", ["-0.01", "41.31", "0.001"])
def test_discount_outside_the_goods_is_refused(discount: str) -> None:
    with pytest.raises(InvalidAmount):
        price_order(CART, STANDARD, LU, EXCLUSIVE, discount=Decimal(discount))


@pytest.mark.parametrize("price", ["-1", "0.001"])
def test_shipping_price_outside_its_limits_is_refused(price: str) -> None:
    with pytest.raises(InvalidAmount):
        price_order(CART, ShippingRate("x", "X", Decimal(price)), LU, EXCLUSIVE)


@pytest.mark.parametrize("rate", ["-1", "101"])
def test_rate_that_is_no_percentage_is_refused(rate: str) -> None:
    with pytest.raises(InvalidAmount):
        price_order(CART, STANDARD, Decimal(rate), EXCLUSIVE)


LINES = st.lists(
    st.builds(
        CartLine,
        product_id=st.integers(1, 10**6),
        sku=st.just("SKU"),
        title=st.just("Thing"),
        image=st.none(),
        unit_price=st.decimals(min_value=0, max_value=5000, places=2),
        quantity=st.integers(1, 99),
    ),
    min_size=1,
    max_size=12,
)
SHIPPING = st.builds(
    ShippingRate, st.just("s"), st.just("S"), st.decimals(min_value=0, max_value=100, places=2)
)
POLICIES = st.builds(PricingPolicy, st.just("EUR"), st.booleans(), st.booleans())
PERCENTAGES = st.decimals(min_value=0, max_value=100, places=2) | st.sampled_from(
    [Decimal(0), LU, Decimal(20)]
)


@given(LINES, SHIPPING, PERCENTAGES, POLICIES, st.integers(0, 100))
def test_totals_add_up_to_the_cent(
    lines: list[CartLine], shipping: ShippingRate, rate: Decimal, policy: PricingPolicy, discounted: int
) -> None:
    goods = sum((item.unit_price * item.quantity for item in lines), Decimal(0))
    discount = (goods * discounted / 100).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    order = price_order(lines, shipping, rate, policy, discount)

    assert order.subtotal == goods == sum(item.total_price for item in order.lines)
    assert order.discount_amount == discount == sum(item.discount_amount for item in order.lines)
    assert order.tax_amount == sum(item.tax_amount for item in order.lines) + order.shipping_tax
    added = Decimal(0) if policy.prices_include_tax else order.tax_amount
    assert order.total_amount == order.subtotal + order.shipping_cost + added - order.discount_amount

    assert sum(row.tax for row in order.tax_summary) == order.tax_amount
    assert sum(row.base + row.tax for row in order.tax_summary) == order.total_amount
    assert order.tax_summary[0].rate == rate
    assert len({row.rate for row in order.tax_summary}) == len(order.tax_summary)
    assert policy.tax_shipping or order.shipping_tax == 0
    assert all(item.tax_amount >= 0 and item.discount_amount <= item.total_price for item in order.lines)
