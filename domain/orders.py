"""Names around an order: its number, its events and the keys of its effects."""

import re
from datetime import date
from enum import StrEnum

from domain.errors import PrefixInvalid

_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,11}", re.ASCII)
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class OrderEventType(StrEnum):
    """What an entry of an order's history says happened."""

    ORDER_PLACED = "order.placed"
    PAYMENT_OPENED = "payment.opened"
    PAYMENT_PROCESSING = "payment.processing"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_AUTHORIZED = "payment.authorized"
    PAYMENT_CAPTURED = "payment.captured"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    ORDER_CONFIRMED = "order.confirmed"
    ORDER_PROCESSING = "order.processing"
    ORDER_SHIPPED = "order.shipped"
    ORDER_DELIVERED = "order.delivered"
    ORDER_CANCELLED = "order.cancelled"
    REFUND_REQUESTED = "refund.requested"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_UPDATED = "dispute.updated"
    DISPUTE_WON = "dispute.won"
    DISPUTE_LOST = "dispute.lost"
    ORDER_COMPLETED = "order.completed"
    OPERATOR_RETRY_STEP = "operator.retry_step"
    OPERATOR_EXTEND_DEADLINE = "operator.extend_deadline"
    OPERATOR_RESEND_EMAIL = "operator.resend_email"
    OPERATOR_FORCE_REFUND = "operator.force_refund"
    OPERATOR_RELEASE_STOCK = "operator.release_stock"


EVENT_TYPES = OrderEventType


def check_prefix(prefix: str) -> None:
    """Raise PrefixInvalid unless `prefix` may open order numbers: 2 to 12 of A-Z and 0-9, a letter first."""
    if not _PREFIX.fullmatch(prefix):
        raise PrefixInvalid(
            "An order number prefix has 2 to 12 characters A-Z and 0-9 and starts with a letter.",
            prefix=prefix,
        )


def order_number(prefix: str, day: date, counter: int) -> str:
    """The number of a vendor's `counter`-th order of the day, counted from 1: `ACME-20261122-00042`.

    It grows to more digits after 99999. Raises PrefixInvalid; ValueError for a counter below 1.
    """
    check_prefix(prefix)
    if counter < 1:
        raise ValueError(f"orders are counted from 1, not {counter}")
    return f"{prefix}-{day:%Y%m%d}-{counter:05d}"


def effect_key(order_number: str, step: str, attempt: int | None = None) -> str:
    """The key under which one effect of an order happens once: `ACME-20261122-00042:refund:2`.

    `attempt` is given where a business retry is meant to have its own effect; a technical retry keeps the
    key.
    """
    return f"{order_number}:{step}" if attempt is None else f"{order_number}:{step}:{attempt}"


def idempotency_key_ok(key: str) -> bool:
    """Whether a client's Idempotency-Key is acceptable: 1 to 255 visible ASCII characters."""
    return _IDEMPOTENCY_KEY.fullmatch(key) is not None
