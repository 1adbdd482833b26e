"""Order numbers, event names and keys."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import PrefixInvalid
from domain.orders import (
    EVENT_TYPES,
    OrderEventType,
    check_prefix,
    effect_key,
    idempotency_key_ok,
    order_number,
)

DAY = date(2026, 11, 22)


def test_order_number_names_vendor_day_and_count() -> None:
    assert order_number("ACME", DAY, 42) == "ACME-20261122-00042"
    assert order_number("A1", date(2027, 1, 2), 123456) == "A1-20270102-123456"


def test_order_number_counts_from_one() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        order_number("ACME", DAY, 0)


@pytest.mark.parametrize("prefix", ["", "A", "acme", "1ACME", "ACME-1", "ABCDEFGHIJKLM", "ÄCME", "ACME\n"])
def test_prefix_is_refused_when_malformed(prefix: str) -> None:
    with pytest.raises(PrefixInvalid) as refused:
        order_number(prefix, DAY, 1)
    assert refused.value.fields == {"prefix": prefix}


@pytest.mark.parametrize("prefix", ["AC", "A1", "ABCDEFGHIJKL"])
def test_prefix_of_two_to_twelve_is_taken(prefix: str) -> None:
    check_prefix(prefix)
    assert order_number(prefix, DAY, 1).startswith(f"{prefix}-")


CLAIMS = st.tuples(
    st.from_regex(r"[A-Z][A-Z0-9]{1,11}", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 10**7),
)


@given(CLAIMS, CLAIMS)
def test_order_numbers_are_equal_only_for_the_same_claim(
    one: tuple[str, date, int], other: tuple[str, date, int]
) -> None:
    assert (order_number(*one) == order_number(*other)) == (one == other)


def test_event_types_are_these() -> None:
    assert EVENT_TYPES is OrderEventType
    assert [str(event) for event in OrderEventType] == [
        "order.placed",
        "payment.opened",
        "payment.processing",
        "payment.failed",
        "payment.authorized",
        "payment.captured",
        "payment.succeeded",
        "order.confirmed",
        "order.processing",
        "order.shipped",
        "order.delivered",
        "order.cancelled",
        "refund.requested",
        "refund.succeeded",
        "refund.failed",
        "dispute.opened",
        "dispute.updated",
        "dispute.won",
        "dispute.lost",
        "order.completed",
        "operator.retry_step",
        "operator.extend_deadline",
        "operator.resend_email",
        "operator.force_refund",
        "operator.release_stock",
    ]


def test_effect_key_has_the_attempt_only_when_given() -> None:
    assert effect_key("ACME-20261122-00042", "open_payment") == "ACME-20261122-00042:open_payment"
    assert effect_key("ACME-20261122-00042", "refund", 2) == "ACME-20261122-00042:refund:2"


@pytest.mark.parametrize("key", ["a", "x" * 255, "550e8400-e29b-41d4-a716-446655440000", "!~"])
def test_idempotency_key_of_visible_ascii_is_taken(key: str) -> None:
    assert idempotency_key_ok(key)


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "tab\t", "line\n", "ключ", "\x7f"])
def test_idempotency_key_is_refused_otherwise(key: str) -> None:
    assert not idempotency_key_ok(key)
