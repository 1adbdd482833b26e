"""Refunds: what is left, what is refused, and the payment status that follows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidAmount, RefundExceedsRemaining
from domain.lifecycle import PaymentStatus, RefundStatus, check_payment_transition
from domain.money import CENT
from domain.pricing import CartLine, PricingPolicy, ShippingRate, price_order
from domain.refunds import (
    ChargedShipping,
    RefundableLine,
    RefundRow,
    check_refund,
    payment_status_after,
    refundable_amount,
    refunded_amount,
    share_of_line,
    share_of_shipping,
)

PENDING, SUCCEEDED, FAILED = RefundStatus
PAID = Decimal("20.00")


def row(amount: str, status: RefundStatus) -> RefundRow:
    return RefundRow(Decimal(amount), status)


ROWS = [row("5.00", PENDING), row("7.50", SUCCEEDED), row("9.00", FAILED)]


def test_pending_refunds_take_from_what_is_left_but_are_not_refunded_yet() -> None:
    assert str(refundable_amount(PAID, ROWS)) == "7.50"
    assert str(refunded_amount(ROWS)) == "7.50"
    assert str(refunded_amount([])) == "0.00"
    assert refundable_amount(Decimal("10.00"), ROWS) == 0


def test_check_refund_allows_up_to_the_rest() -> None:
    check_refund(Decimal("7.50"), PAID, ROWS)
    with pytest.raises(RefundExceedsRemaining) as refused:
        check_refund(Decimal("7.51"), PAID, ROWS)
    assert refused.value.fields == {"amount": "7.51", "refundable_amount": "7.50"}


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity"])
def test_check_refund_refuses_amounts_that_are_none(amount: str) -> None:
    with pytest.raises(InvalidAmount):
        check_refund(Decimal(amount), PAID, [])


def test_check_refund_knows_the_currency_decimals() -> None:
    check_refund(Decimal(10), PAID, [], currency="JPY")
    with pytest.raises(InvalidAmount):
        check_refund(Decimal("10.50"), PAID, [], currency="JPY")


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([], PaymentStatus.PAID),
        ([row("20.00", PENDING), row("20.00", FAILED)], PaymentStatus.PAID),
        ([row("19.99", SUCCEEDED)], PaymentStatus.PARTIALLY_REFUNDED),
        ([row("19.99", SUCCEEDED), row("0.01", PENDING)], PaymentStatus.PARTIALLY_REFUNDED),
        ([row("19.99", SUCCEEDED), row("0.01", SUCCEEDED)], PaymentStatus.REFUNDED),
    ],
)
def test_payment_status_follows_succeeded_refunds(rows: list[RefundRow], status: PaymentStatus) -> None:
    assert payment_status_after(PAID, rows) == status


def test_free_order_stays_paid() -> None:
    assert payment_status_after(Decimal(0), []) == PaymentStatus.PAID


MONEY = st.decimals(min_value=CENT, max_value=100, places=2)
STEPS = st.lists(
    st.tuples(st.just("ask"), MONEY) | st.tuples(st.sampled_from(RefundStatus), st.integers(0, 20)),
    max_size=40,
)


@given(MONEY, STEPS)
def test_refunds_never_exceed_what_was_paid(
    paid: Decimal, steps: list[tuple[str, Decimal] | tuple[RefundStatus, int]]
) -> None:
    rows: list[RefundRow] = []
    status = PaymentStatus.PAID
    for what, value in steps:
        if isinstance(value, Decimal):
            before = refundable_amount(paid, rows)
            try:
                check_refund(value, paid, rows)
            except RefundExceedsRemaining:
                assert value > before
                continue
            rows.append(RefundRow(value, PENDING))
            assert refundable_amount(paid, rows) == before - value
        elif value < len(rows) and rows[value].status != FAILED and what != PENDING:
            rows[value] = RefundRow(rows[value].amount, RefundStatus(what))
        assert 0 <= refunded_amount(rows) <= paid
        assert 0 <= refundable_amount(paid, rows) <= paid - refunded_amount(rows)
        after = payment_status_after(paid, rows)
        if after != status:
            check_payment_transition(status, after)
            status = after
        assert (status == PaymentStatus.REFUNDED) == (refunded_amount(rows) == paid)


PRICES = st.decimals(min_value=0, max_value=999, places=2)
POLICIES = st.builds(PricingPolicy, st.just("EUR"), st.booleans(), st.booleans())


@given(
    prices=st.lists(PRICES, min_size=1, max_size=5),
    quantity=st.integers(1, 4),
    shipping=PRICES.filter(bool),
    rate=st.sampled_from([Decimal(0), Decimal("5.5"), Decimal(17), Decimal(21)]),
    policy=POLICIES,
)
def test_all_pieces_and_the_shipping_are_worth_the_whole_order(
    prices: list[Decimal], quantity: int, shipping: Decimal, rate: Decimal, policy: PricingPolicy
) -> None:
    lines = [CartLine(number, "S", "T", None, price, quantity) for number, price in enumerate(prices)]
    order = price_order(lines, ShippingRate("standard", "Standard", shipping), rate, policy)
    inclusive = policy.prices_include_tax
    on_goods = sum((line.tax_amount for line in order.lines), Decimal(0))
    charged = ChargedShipping(order.shipping_cost, order.tax_amount - on_goods, inclusive, refunded=False)
    pieces = [
        share_of_line(
            RefundableLine(line.total_price + (0 if inclusive else line.tax_amount), quantity, done), 1, "EUR"
        )
        for line in order.lines
        for done in range(quantity)
    ]
    assert share_of_shipping(charged) + sum(pieces, Decimal(0)) == order.total_amount


@given(cost=PRICES, tax=PRICES, inclusive=st.booleans())
def test_shipping_goes_back_once_and_only_if_it_cost_something(
    cost: Decimal, tax: Decimal, inclusive: bool
) -> None:
    fresh = ChargedShipping(cost, tax, inclusive, refunded=False)
    if fresh.gross == 0:
        with pytest.raises(InvalidAmount):
            share_of_shipping(fresh)
        return
    assert share_of_shipping(fresh) == (cost if inclusive else cost + tax)
    with pytest.raises(RefundExceedsRemaining) as refused:
        share_of_shipping(ChargedShipping(cost, tax, inclusive, refunded=True))
    assert refused.value.fields == {"refundable_shipping": "0.00"}
